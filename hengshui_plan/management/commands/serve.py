import argparse
import ipaddress
import os
import socket
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from granian import Granian
from granian.constants import Interfaces
from granian.errors import ConfigurationError

# Static files keep their names across releases: browsers ask again after ten minutes.
STATIC_SECONDS = 600


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise argparse.ArgumentTypeError(f"“{text}”无法识别，请写成 127.0.0.1:8000。")
    try:
        return str(ipaddress.ip_address(host.strip("[]"))), int(port)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{host}”不是 IP 地址，请写成 127.0.0.1:8000。") from None


def at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}”应为正整数。")
    return int(text)


def must_be_free(host: str, port: int):
    """Raises CommandError for a used port: else an old and a new release would answer by turns."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # Else a port that was closed a moment ago counts as used.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"{host}:{port} 不能使用（{error.strerror}）。"
                "请先停止占用它的程序，或用 --address 换一个端口。"
            ) from error


class Command(BaseCommand):
    help = "正式运行：整理好静态文件，用 granian 对外服务。各项设置取自环境变量，见 docs/serving.md。"

    def add_arguments(self, parser):
        parser.add_argument(
            "--address", type=address, default=("127.0.0.1", 8000), help="主机和端口，默认 127.0.0.1:8000"
        )
        parser.add_argument(
            "--workers",
            type=at_least_one,
            default=min(4, os.cpu_count() or 1),
            help="进程数，默认为处理器核数，最多 4",
        )
        parser.add_argument(
            "--threads",
            type=at_least_one,
            default=4,
            help="每个进程同时应答几个请求，默认 4；数据库连接数为两者之积",
        )

    def handle(self, *args, address, workers, threads, **options):
        call_command("collectstatic", interactive=False, verbosity=0)
        host, port = address
        must_be_free(host, port)
        # Forked workers must not share a connection.
        connections.close_all()
        self.stdout.write(
            f"http://{f'[{host}]' if ':' in host else host}:{port}/ ，进程 {workers} 个，停止按 Ctrl+C。"
        )
        try:
            self.server(host, port, workers, threads).serve()
        except ConfigurationError as error:
            raise CommandError(f"服务无法启动：{error}") from error

    def server(self, host: str, port: int, workers: int, threads: int):
        return Granian(
            "hengshui_plan.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=threads,
            websockets=False,
            # Replace a worker that dies; kill one that does not stop.
            respawn_failed_workers=True,
            respawn_interval=0.5,
            workers_kill_timeout=30,
            working_dir=Path(settings.BASE_DIR),
            static_path_route=[f"/{settings.STATIC_URL.strip('/')}"],
            static_path_mount=[Path(settings.STATIC_ROOT)],
            static_path_expires=STATIC_SECONDS,
        )
