"""Sign-in by Flask-Login, with users of its own: the API sends codes, and keeps the numbers."""

import os
import time

import requests
import users
from flask import Flask, abort, flash, redirect, render_template, request, session
from flask_login import LoginManager, login_required, login_user, logout_user

app = Flask(__name__)
app.secret_key = os.environ["APP_SECRET_KEY"]
app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax")
app.cli.add_command(users.add_user)
login_manager = LoginManager(app)
login_manager.user_loader(users.find)
login_manager.login_view = "sign_in"
PENDING_SECONDS = 600
FOR_USERS = ("otp_invalid", "pin_invalid", "already_completed", "throttled", "too_many_attempts")
OURS = {"phone_invalid": "We can't text this number. Write it with a plus, as +14155550123."}
AWAY = "We can't send or check codes at the moment. Try again in a few minutes."


def pending_user():
    """Return the user who entered the right password within ten minutes; send others to /login."""
    user_id, since = session.get("pending", (0, 0))
    user = users.find(user_id) if time.time() - since < PENDING_SECONDS else None
    return user or abort(redirect("/login"))


def ask(path, user, **fields):
    """Ask the API about the user's number; return its answer, or None and flash the reason."""
    body = {"subject": user.subject} if user.subject else {"phoneNumber": session.get("number")}
    url, key = f"{os.environ['TWOFA_URL']}/api/{path}", os.environ["TWOFA_KEY"]
    headers, body = {"Authorization": f"Bearer {key}"}, {**body, "purpose": "sign in", **fields}
    try:
        answer = requests.post(url, json=body, headers=headers, timeout=10).json()
    except requests.RequestException as trouble:
        answer = {"error": {"code": type(trouble).__name__}}
    if "error" not in answer:
        return answer
    error = answer["error"]
    app.logger.warning("%s: %s", path, error["code"])
    wait = f" Wait {error['retry_after']} seconds." if "retry_after" in error else ""
    sentence = error["message"] if error["code"] in FOR_USERS else OURS.get(error["code"], AWAY)
    flash(sentence + wait)
    return None


@app.route("/login", methods=["GET", "POST"])
def sign_in():
    """Take the password; it alone signs nobody in."""
    if request.method == "POST":
        user = users.by_password(request.form["email"], request.form["password"])
        if user:
            session.clear()
            session["pending"] = user.id, time.time()
            return send_code() if user.subject else redirect("/phone")
        flash("Wrong email address or password.")
    return render_template("page.html", fields={"email": "email", "password": "password"})


@app.route("/phone", methods=["GET", "POST"])
def phone():
    """Take the number of a user who has none yet; only the session has it, until it is verified."""
    user = pending_user()
    if user.subject:
        return redirect("/code")
    if request.method == "POST":
        session["number"] = "".join(request.form["number"].split())
        if ask("send-otp", user):
            return redirect("/code")
    return render_template("page.html", fields={"number": "tel"})


@app.post("/code/again")
def send_code():
    """Send a code; where that is refused, one that was sent before may still be right."""
    ask("send-otp", pending_user())
    return redirect("/code")


@app.route("/code", methods=["GET", "POST"])
def code():
    """Take the code: a right one completes the sign-in."""
    user = pending_user()
    if not user.subject and "number" not in session:
        return redirect("/phone")
    answer = request.method == "POST" and ask("verify-otp", user, pin=request.form["code"])
    if not answer:
        return render_template("page.html", fields={"code": "text"}, again=True)
    users.keep_subject(user, answer["subject"])
    session.clear()
    login_user(user)
    return redirect("/")


@app.get("/")
@login_required
def home():
    """Show who is signed in."""
    return render_template("page.html", fields={}, action="/logout", button="Sign out")


@app.post("/logout")
def sign_out():
    """End the session."""
    logout_user()
    return redirect("/login")
