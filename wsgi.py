"""What gunicorn and `flask` load."""

from moralbank.app import create_app

app = create_app()
