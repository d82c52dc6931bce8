"""A picture, served and fetched by the same program."""
import io

import requests
from flask import Flask, Response
from PIL import Image

app = Flask(__name__)


@app.route("/")
def picture():
    data = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(data, "PNG")
    return Response(data.getvalue(), mimetype="image/png")


def main():
    answer = app.test_client().get("/")
    print(answer.status_code, answer.mimetype, Image.open(io.BytesIO(answer.data)).size, requests.codes.ok)
