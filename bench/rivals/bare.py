"""A Django view of constant answers under /0, /1 …, pickled in the file BENCH_ANSWERS.

`bytes_alone` gives the same without Django.
"""

import os
import pickle
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="of no use elsewhere")
# Tuples of status, headers and body.
ANSWERS = pickle.loads(Path(os.environ["BENCH_ANSWERS"]).read_bytes())


def answer(request, number):
    status, headers, body = ANSWERS[number]
    return HttpResponse(body, status=status, headers=headers)


urlpatterns = [path("<int:number>", answer)]
application = get_wsgi_application()


def bytes_alone(environ, start_response):
    number = environ["PATH_INFO"].strip("/")
    status, headers, body = ANSWERS[int(number)] if number.isdecimal() else (404, {}, b"")
    start_response(f"{status} {HTTPStatus(status).phrase}", [*headers.items()])
    return [body]
