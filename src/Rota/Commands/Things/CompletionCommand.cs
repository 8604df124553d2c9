using System.CommandLine;

namespace Rota.Commands;

/// <summary><c>rota completion</c>: a script for the shell that asks the program itself what may follow.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # bash completion of rota:  source <(rota completion bash)
        _rota() {
          local line=${COMP_LINE:0:COMP_POINT} IFS=$'\n'
          local word=${line##* }
          if [[ $word == *@* ]]; then # a file of arguments; bash leaves the @ in the word
            COMPREPLY=($(compgen -P @ -f -- "${word##*@}")); return
          fi
          line=${line#"${COMP_WORDS[0]}"}; line=${line# }
          local words; words=$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
          COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _rota rota
        """;

    private const string Zsh = """
        #compdef rota
        # zsh completion of rota:  source <(rota completion zsh)
        _rota() {
          if [[ $PREFIX == *@* ]]; then compset -P '*@'; _files; return; fi # a file of arguments
          local line="${(j: :)words[2,CURRENT-1]} $PREFIX"; line="${line# }"
          local -a found; found=(${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)"})
          compadd -a found || _files
        }
        compdef _rota rota
        """;

    private const string Fish = """
        # fish completion of rota:  rota completion fish | source
        function __rota_complete
            set -l program (commandline -opc)[1]
            set -l line (commandline -cp | string replace -r '^\S+\s?' '')
            set -l word (commandline -ct)
            set -l before (string match -r '^.*@' -- $word) # a file of arguments
            set -l found
            test -n "$before"; or set found ($program "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
            if test (count $found) -gt 0
                printf '%s\n' $found
            else
                printf '%s\n' "$before"(__fish_complete_path (string replace -r '^.*@' '' -- $word))
            end
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
