using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Rota.Commands;

/// <summary>The command line of Rota: parses, runs, and tells errors in one place.</summary>
internal static class RotaCommand
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken stop)
    {
        var globals = new Globals(terminal);
        // A leading @ is a file of arguments to `jobs enqueue`, not a file of words of this command line.
        var parse = Create(globals).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Action is ParseErrorAction)
            return TellWrongUse(terminal, parse);
        try
        {
            return await parse.InvokeAsync(new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }, stop);
        }
        catch (RotaException error)
        {
            return ErrorText.Write(terminal, error, parse.GetValue(globals.Json));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    public static RootCommand Create(Globals globals)
    {
        var root = new RootCommand("Rota runs jobs: on demand, by schedule, and from plug-ins.");
        var help = root.Options.OfType<HelpOption>().Single();
        help.Aliases.Clear(); // of other systems, such as /?, which the shells would offer at every Tab
        help.Aliases.Add("-h");
        foreach (var option in globals.All)
            root.Options.Add(option);
        foreach (var command in Commands(globals))
            root.Subcommands.Add(command);
        return root;
    }

    private static IEnumerable<Command> Commands(Globals globals) =>
    [
        UpCommand.Create(globals), ServeCommand.Create(globals), WorkCommand.Create(globals),
        JobCommands.Create(globals), QueueCommands.Create(globals), ScheduleCommands.Create(globals),
        CronCommands.Create(globals), EventCommands.Events(globals), EventCommands.Webhooks(globals),
        PsCommand.Create(globals), PluginCommands.Create(globals), SecretCommands.Create(globals),
        TokenCommands.Create(globals), UserCommands.Create(globals), NodeCommands.Create(globals),
        DatabaseCommands.Create(globals), DoctorCommand.Create(globals), LoginCommand.Create(globals),
        VersionCommand.Create(globals), CompletionCommand.Create(globals),
    ];

    private static int TellWrongUse(Terminal terminal, ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var path = string.Join(' ', Path(command));
        if (parse.UnmatchedTokens is [var word, ..] && command.Subcommands.Count > 0)
        {
            var near = Nearest.Find(word, command.Subcommands.Select(inner => inner.Name));
            ErrorText.Write(terminal, $"'{path}' has no command '{word}'",
                near is null ? $"see what there is: {path} --help" : $"did you mean '{path} {near}'?");
        }
        else
        {
            ErrorText.Write(terminal, string.Join(' ', parse.Errors.Select(error => error.Message)),
                $"see {path} --help");
        }
        return ExitCode.Usage;
    }

    private static IEnumerable<string> Path(Symbol command) =>
        command.Parents.FirstOrDefault() is { } parent ? [.. Path(parent), command.Name] : ["rota"];
}
