using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Rota.Commands;

/// <summary>The command line of Rota: parses, runs, and tells errors in one place.</summary>
internal static class RotaCommand
{
    /// <summary>In the order in which help lists them.</summary>
    private static readonly (string Name, Func<Globals, Command> Create)[] Commands =
    [
        ("up", UpCommand.Create), ("serve", ServeCommand.Create), ("work", WorkCommand.Create),
        ("jobs", JobCommands.Create), ("queues", QueueCommands.Create), ("schedules", ScheduleCommands.Create),
        ("cron", CronCommands.Create), ("events", EventCommands.Events), ("webhooks", EventCommands.Webhooks),
        ("ps", PsCommand.Create), ("plugins", PluginCommands.Create), ("secrets", SecretCommands.Create),
        ("tokens", TokenCommands.Create), ("users", UserCommands.Create), ("nodes", NodeCommands.Create),
        ("database", DatabaseCommands.Create), ("doctor", DoctorCommand.Create), ("login", LoginCommand.Create),
        ("version", VersionCommand.Create), ("completion", CompletionCommand.Create),
    ];

    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken stop)
    {
        var globals = new Globals(terminal);
        // A leading @ is a file of arguments to `jobs enqueue`, not a file of words of this command line.
        var parse = Create(globals, only: args.FirstOrDefault())
            .Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
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

    /// <param name="only">The command to make where it is one: the others cost a start twenty milliseconds. All
    /// otherwise.</param>
    public static RootCommand Create(Globals globals, string? only = null)
    {
        var root = new RootCommand("Rota runs jobs: on demand, by schedule, and from plug-ins.");
        var help = root.Options.OfType<HelpOption>().Single();
        help.Aliases.Clear(); // of other systems, such as /?, which the shells would offer at every Tab
        help.Aliases.Add("-h");
        foreach (var option in globals.All)
            root.Options.Add(option);
        foreach (var (name, create) in Commands.Any(known => known.Name == only)
            ? Commands.Where(known => known.Name == only) : Commands)
        {
            root.Subcommands.Add(create(globals));
        }
        return root;
    }

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
