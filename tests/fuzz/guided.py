"""Fuzzing that follows coverage (atheris): python -m tests.fuzz.guided TARGET SECONDS FOLDER

In a process of its own: the engine ends the process that it ran in. Prints the number of runs on its last line.
"""

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["farmsight_agent", "farmsight_collector.claimrules"]):
    from tests.fuzz.targets import TARGETS

from tests.fuzz.loop import CRASHES, keep
from tests.fuzz.mutate import TOKENS, mutated

TIMES_SLOWER = 5  # code that counts what it covers, on a machine that does other things too


def main(target: str, seconds: str, folder: Path) -> None:
    """Fuzz one target; what breaks it is kept beside what the others broke by."""
    one = TARGETS[target]
    corpus = folder / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(one.seeds()):
        (corpus / f"seed-{number:04}").write_bytes(seed[: one.largest])
    words = folder / "tokens.dict"
    escaped = ("".join(f"\\x{byte:02x}" for byte in token) for token in TOKENS)
    words.write_text("".join(f'"{one}"\n' for one in escaped))
    CRASHES.mkdir(parents=True, exist_ok=True)

    def run(data: bytes) -> None:
        try:
            one.run(data)
        except Exception:
            import traceback

            keep(target, data, traceback.format_exc())
            raise

    def change(data: bytes, largest: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.5:
            return bytes(atheris.Mutate(data, largest))
        return mutated(data, data, random, largest)

    options = (
        f"-max_total_time={seconds}",
        f"-timeout={int(one.seconds_a_call * TIMES_SLOWER)}",
        f"-max_len={one.largest}",
        f"-dict={words}",
        f"-artifact_prefix={CRASHES}/{target}-",
        "-rss_limit_mb=2048",
        "-len_control=0",
        "-report_slow_units=3600",
        "-print_final_stats=1",
        "-verbosity=1",
    )
    atheris.Setup([sys.argv[0], *options, str(corpus)], run, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
