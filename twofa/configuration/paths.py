"""Where the program's own files are, and where an installation keeps its own."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
IS_INSTALLED = (PACKAGE / "templates").is_dir()
"""Templates and migrations are in the package once it is installed; in a checkout, beside it."""
FILES = PACKAGE if IS_INSTALLED else PACKAGE.parent
TEMPLATES, MIGRATIONS, STATIC = FILES / "templates", FILES / "migrations", PACKAGE / "static"

ROOT = Path.cwd() if IS_INSTALLED else PACKAGE.parent
"""The checkout; of an installed package, the directory that it is started in."""
INSTANCE, DOTENV = ROOT / "instance", ROOT / ".env"
