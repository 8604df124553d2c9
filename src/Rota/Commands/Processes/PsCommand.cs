using System.CommandLine;
using System.Text.Json.Nodes;
using Rota.Supervisor.Client;
using Rota.Supervisor.Processes;

namespace Rota.Commands;

/// <summary><c>rota ps …</c>: the processes of a supervisor.</summary>
internal static class PsCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly Argument<string[]> Names = new("names")
    {
        Description = "Only these: NAME, GROUP:NAME or GROUP:*",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> Follow = new("--follow", "-f")
    {
        Description = "Then print a line for each change, until Ctrl-C",
    };

    public static Command Create(Globals globals) => globals.Client("ps", "Look at supervised processes and work them",
        ListAsync, Names, Follow, Supervisord.ServerOption, Supervisord.FileOption, Supervisord.UserOption,
        PsActions.Start(globals), PsActions.Stop(globals), PsActions.Restart(globals), PsActions.Signal(globals),
        PsActions.Clear(globals), PsActions.Logs(globals), PsConfig.Diff(globals), PsConfig.Update(globals),
        PsDaemon.Reload(globals), PsDaemon.Shutdown(globals));

    private static async Task<int> ListAsync(Session session, CancellationToken stop)
    {
        var daemon = Supervisord.Of(session);
        var wanted = session.Get(Names);
        var rows = Pick(await daemon.ListAsync(), wanted);
        session.Print(new Answer(200, JsonOf(rows)), _ => Draw(session, rows));
        if (session.Get(Follow))
            await FollowAsync(session, daemon, wanted, rows, stop);
        return ExitCode.Ok;
    }

    /// <summary>The rows that are named, in their order; all where nothing is.</summary>
    /// <exception cref="NotFoundException">A name fits nothing.</exception>
    public static List<JsonObject> Pick(List<JsonObject> rows, IReadOnlyList<string> names)
    {
        if (names.Count == 0 || names.Contains("all"))
            return rows;
        var parsed = names.Select(ProcessName.Parse).ToList();
        foreach (var name in parsed.Where(name => !rows.Exists(row => Fits(row, name))))
        {
            var near = Nearest.Find(name.ToString(), rows.Select(row => (string)row["name"]!));
            throw new NotFoundException("process", name.ToString(),
                near is null ? "See what there is: rota ps" : $"Did you mean '{near}'?");
        }
        return [.. rows.Where(row => parsed.Exists(name => Fits(row, name)))];
    }

    private static bool Fits(JsonObject row, ProcessName name) =>
        (string)row["group"]! == name.Group && (name.Process is null || (string)row["process"]! == name.Process);

    private static string JsonOf(IEnumerable<JsonObject> rows) =>
        new JsonObject { ["items"] = new JsonArray([.. rows]) }.ToJsonString();

    private static void Draw(Session session, List<JsonObject> rows)
    {
        var grid = new Grid("Process", "State", "Pid", "Since", "What");
        foreach (var row in rows)
        {
            var started = (string)row["state"]! is "RUNNING" or "STARTING" or "STOPPING";
            grid.Add((string)row["name"]!, State(row), row["pid"]?.ToString() ?? "",
                Show.Time(session, Instant(row, started ? "started_at" : "stopped_at")), What(row, started));
        }
        grid.Write(session.Terminal, "no processes: add a [program:NAME] to the file, then: rota ps update");
    }

    // Of what runs supervisor describes pid and age, which have columns of their own here.
    private static string What(JsonObject row, bool isStarted) => Wait(row) ?? (string?)row["error"]
        ?? (isStarted || row["exit_status"] is not { } status ? "" : $"exit status {status}");

    // The words for what supervisord does not know stand in the description.
    private static string? Wait(JsonObject row) => (string?)row["description"] switch
    {
        { } text when text.StartsWith("waiting for ") || text.StartsWith("starts again ") => text,
        { } text => ProcessInfo.UnenforcedOf(text),
        _ => null,
    };

    private static Cell State(JsonObject row) => new((string)row["state"]!, (string)row["state"]! switch
    {
        "RUNNING" => "green",
        "STARTING" or "STOPPING" => "blue",
        "BACKOFF" => "yellow",
        "FATAL" or "UNKNOWN" => "red",
        _ => "grey",
    });

    private static DateTimeOffset? Instant(JsonObject row, string field) =>
        (string?)row[field] is { } text ? DateTimeOffset.Parse(text) : null;

    private static async Task FollowAsync(
        Session session, Supervisord daemon, string[] wanted, List<JsonObject> rows, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Pause, session.Terminal.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var before = rows.ToDictionary(row => (string)row["name"]!, Fingerprint);
                rows = Pick(await daemon.ListAsync(), wanted);
                foreach (var row in rows)
                {
                    var last = before.GetValueOrDefault((string)row["name"]!);
                    if (last != Fingerprint(row))
                        Tell(session, row, last);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Seen enough.
        }
    }

    // A process that was restarted between two looks is in the same state with another pid.
    private static (string State, string? Pid) Fingerprint(JsonObject row) =>
        ((string)row["state"]!, row["pid"]?.ToString());

    private static void Tell(Session session, JsonObject row, (string State, string? Pid) before)
    {
        if (session.IsJson)
            session.Terminal.Out.WriteLine(row.ToJsonString());
        else
            Show.Line(session, State(row), $"{row["name"]}  {(before.State is null ? "new" : $"was {before.State}")}"
                + $"{(row["pid"] is { } pid ? $", pid {pid}" : "")}{(row["error"] is { } error ? $", {error}" : "")}");
    }
}
