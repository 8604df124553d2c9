using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The Tab key in the real shells.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("bash", "bash --norc --noprofile -i", "source <(./rota completion bash)", "# bash completion of rota")]
    [InlineData("zsh", "zsh -f -i", "autoload -Uz compinit; compinit -D; source <(./rota completion zsh)",
        "# zsh completion of rota")]
    [InlineData("fish", "fish --no-config -i", "./rota completion fish | source", "# fish completion of rota")]
    public async Task Tab_completes_commands_their_values_and_files(
        string shell, string command, string load, string script)
    {
        var folder = Directory.CreateTempSubdirectory("rota-shell-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "rota"),
            $"#!/bin/sh\nexec dotnet '{RotaProcess.Program}' \"$@\"\n");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "arguments.json"), "{}");
        await using (var terminal = new PseudoTerminal(
            $"chmod +x rota; {command}", folder.FullName, [new("HOME", folder.FullName)]))
        {
            // No rota is on the PATH here: the one that is called is also the one that is asked.
            await terminal.TypeAsync($"{load}; echo load''ed\n", "loaded");

            // Each Tab must put in the rest of the word: without it the line would be wrong use, or no such command.
            await terminal.TypeAsync($"./rota compl\t{shell[..2]}\t\n", script);
            await terminal.TypeAsync("./rota jobs enqueue k @arg\t", "uments.json");
            await terminal.TypeAsync("\x15./rota jobs e\t", "nqueue");
            await terminal.TypeAsync("\x15" + "exit\n");
            await terminal.EndAsync();
        }
        folder.Delete(recursive: true);
    }
}
