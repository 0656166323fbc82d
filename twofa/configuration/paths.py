"""Where the program's files are, and where an installation keeps its own."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INSTANCE, DOTENV = ROOT / "instance", ROOT / ".env"
