"""Reads texts, one JSON string a line; prints the sections that supervisor's parser finds in each, or null."""
import io, json, sys, warnings
warnings.simplefilter("ignore")
from supervisor.options import UnhosedConfigParser

for line in sys.stdin:
    parser = UnhosedConfigParser()
    try:
        parser.read_file(io.StringIO(json.loads(line), newline=None))
        print(json.dumps({name: dict(parser.items(name)) for name in parser.sections()}))
    except Exception:
        print("null")
