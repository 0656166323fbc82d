"""The host application as gunicorn loads it: ``gunicorn support.servers.host_wsgi:app``."""

from support.servers.host_application import add_files

from wsgi import app

add_files(app)
