"""What pip needs besides pyproject.toml: the packages, and a place to build in."""

import atexit
import shutil
import tempfile
from pathlib import Path

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py


class Build(build_py):
    """Build the package with gunicorn's settings in it, under a name that can be imported."""

    def run(self) -> None:
        """Copy the packages, then the file; an editable installation uses the checkout's."""
        super().run()
        if not self.editable_mode:
            copy = Path(self.build_lib, "twofa", "gunicorn_conf.py")
            self.copy_file("gunicorn.conf.py", str(copy))


# pip builds in the checkout itself: what one build leaves there would be in the next one's wheel.
folder = tempfile.mkdtemp(prefix="twofa-build-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)

ours = find_namespace_packages(include=["twofa", "twofa.*"], exclude=["*.__pycache__"])
beside = find_namespace_packages(
    include=["templates", "templates.*", "migrations", "migrations.*"], exclude=["*.__pycache__"]
)
setup(
    packages=[*ours, *(f"twofa.{name}" for name in beside)],
    options={"build": {"build_base": folder}, "egg_info": {"egg_base": folder}},
    cmdclass={"build_py": Build},
)
