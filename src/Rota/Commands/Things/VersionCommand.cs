using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(Globals globals) => globals.Client("version", "Print the version of this program",
        (session, _) =>
        {
            var runtime = RuntimeInformation.FrameworkDescription;
            var json = new JsonObject { ["version"] = Versions.Own, ["runtime"] = runtime };
            return Task.FromResult(session.Say(new Answer(200, json.ToJsonString()),
                $"rota {Versions.Own} ({runtime})"));
        });
}

/// <summary><c>rota completion</c>: a script for the shell that asks the program itself what may follow.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # bash completion of rota:  source <(rota completion bash)
        _rota() {
          local line=${COMP_LINE:0:COMP_POINT}
          line=${line#"${COMP_WORDS[0]}"}; line=${line# }
          local IFS=$'\n'
          local words; words=$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
          COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _rota rota
        """;

    private const string Zsh = """
        #compdef rota
        # zsh completion of rota:  source <(rota completion zsh)
        _rota() {
          local line="${LBUFFER#"${words[1]}"}"; line="${line# }"
          local -a found; found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
          compadd -a found || _files
        }
        compdef _rota rota
        """;

    private const string Fish = """
        # fish completion of rota:  rota completion fish | source
        function __rota_complete
            set -l line (commandline -cp | string replace -r '^\S+\s?' '')
            rota "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c rota -f -a '(__rota_complete)'
        """;

    public static Command Create(Globals globals)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        return globals.Client("completion", "Print the completion script of a shell", (session, _) =>
        {
            session.Terminal.Out.WriteLine(session.Get(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return Task.FromResult(ExitCode.Ok);
        }, shell);
    }
}
