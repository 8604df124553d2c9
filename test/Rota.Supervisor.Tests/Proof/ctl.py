"""Debian's supervisorctl, many times in one process: a line of JSON [arguments, input] gives a line [output, exit code].

Starting Python for each line of a script would take most of the test's time.
"""
import io, json, sys, warnings
warnings.simplefilter("ignore")
from supervisor import supervisorctl

answers = sys.stdout
for request in sys.stdin:
    arguments, text = json.loads(request)
    sys.stdin, sys.stdout = io.StringIO(text), io.StringIO()
    sys.argv = ["/usr/bin/supervisorctl"] + arguments
    code = 0
    try:
        supervisorctl.main(arguments)
    except SystemExit as end:
        code = end.code or 0
    answers.write(json.dumps([sys.stdout.getvalue(), code]) + "\n")
    answers.flush()
