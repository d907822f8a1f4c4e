"""A copy of the project's scripts with a stand-in for `docker`, which answers what a test has it answer."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

NEW = {"compose version": "echo 2.26.1", "version --format": "echo 1.45", "info --format": "echo 2", "info": "true"}
SILENT = {"pull": "echo 'Error response from daemon: no such host' >&2; exit 1"}
OWN_BASES = {"image inspect serverlab/": "true", "image inspect": "exit 1"}
_NOBODY = {"ps --all --filter": "true", "volume": "true"}  # no lab of this name, of this checkout or another


@dataclass(frozen=True, slots=True)
class Tree:
    """A copy of what the scripts read, with a `docker` of its own."""

    root: Path

    def run(
        self,
        script: str,
        *arguments: str,
        docker: dict[str, str],
        cwd: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """`docker`: how its command lines begin, and the shell command that each is; others fail."""
        (self.root / "probe.json").write_text(self._probe())
        probe = {"compose --file - config": f'mapfile -t; printf %s "$(<{self.root}/probe.json)"'}
        cases = " ".join(f"'{begins}'*) {does} ;;" for begins, does in (probe | docker | _NOBODY | docker).items())
        # The shell's own commands, where there are some: a program would be one more process for each call.
        log = f'echo "$*" >> {self.root}/asked; export -p > {self.root}/environment'
        # A function, as nothing in the suite's /tmp may be executed.
        stand_in = f'() {{ ({log}; case "$*" in {cases} *) exit 1 ;; esac) }}'
        own = {"PATH": os.environ["PATH"], "HOME": str(self.root), "BASH_FUNC_docker%%": stand_in}
        return subprocess.run(
            ["bash", script if "/" in script else f"scripts/{script}", *arguments],
            check=False,
            cwd=cwd or self.root,
            env=own | (environment or {}),
            capture_output=True,
            text=True,
            timeout=60,  # seconds; without an engine each takes one
        )

    def _probe(self) -> str:
        """What compose makes of the settings, in Go's JSON; how .env is read is compose's own business."""
        found = dict(re.findall(r"""^([A-Z_]+)=["']?(.*?)["']?$""", self.read(".env"), re.MULTILINE))
        name = {"name": "serverlab", "networks": {"default": {"name": "serverlab_default"}}}
        return json.dumps(name | {"x-settings": found}, indent=2).replace("&", r"\u0026").replace("$", "$$")

    def read(self, file: str) -> str:
        """Empty where there is none."""
        path = self.root / file
        return path.read_text() if path.is_file() else ""

    def commands(self, begins: str) -> list[str]:
        return [line for line in self.read("asked").splitlines() if line.startswith(begins)]

    def settings(self) -> list[str]:
        """Of .env, without its comments."""
        return [line for line in self.read(".env").splitlines() if not line.startswith("#")]

    def idle(self, script: str, program: str = "/bin/true") -> None:
        """Another script, which is none of this test's business."""
        (self.root / "scripts" / script).unlink(missing_ok=True)
        (self.root / "scripts" / script).symlink_to(program)
