using System.CommandLine;
using System.Text.Json.Nodes;
using Rota.Supervisor.Client;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Commands;

/// <summary>What <c>rota ps</c> does to processes: start, stop, restart, signal, clear; and their logs.</summary>
internal static class PsActions
{
    private const int LogBytes = 16_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static Argument<string[]> Names => new("names")
    {
        Description = "NAME, GROUP:NAME, GROUP:* or all",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Start(Globals globals) => Each(globals, "start", "Start processes, and wait until they run",
        (session, daemon, rows, stop) => StartAsync(session, daemon, rows, stop));

    public static Command Stop(Globals globals) => Each(globals, "stop", "Stop processes, and wait until they have",
        (session, daemon, rows, stop) => StopAsync(session, daemon, rows, stop));

    public static Command Restart(Globals globals)
    {
        var rolling = new Option<bool>("--rolling")
        {
            Description = "Whole groups, one process after the other, each when the one before is ready again",
        };
        return Each(globals, "restart", "Stop processes, then start them", async (session, daemon, rows, stop) =>
        {
            if (session.Get(rolling))
                return await RollAsync(session, daemon, rows);
            await StopAsync(session, daemon, [.. rows.Where(IsAlive)], stop);
            return await StartAsync(session, daemon, await AgainAsync(daemon, rows), stop);
        }, rolling);
    }

    public static Command Clear(Globals globals) => Each(globals, "clear", "Empty the logs of processes",
        async (session, daemon, rows, _) =>
        {
            foreach (var name in rows.Select(NameOf))
            {
                await daemon.AskAsync(proxy => proxy.CallAsync("clearProcessLogs", name), name);
                Say(session, name, "cleared");
            }
            return ExitCode.Ok;
        });

    public static Command Signal(Globals globals)
    {
        var signal = new Argument<string>("signal") { Description = "Such as HUP, SIGUSR1 or 10" };
        var names = Names;
        return globals.Client("signal", "Send a signal to processes", async (session, _) =>
        {
            var daemon = Supervisord.Of(session);
            foreach (var name in PsCommand.Pick(await daemon.ListAsync(), session.Get(names)).Select(NameOf))
            {
                await daemon.AskAsync(proxy => proxy.CallAsync("signalProcess", name, session.Get(signal)), name);
                Say(session, name, "signalled");
            }
            return ExitCode.Ok;
        }, signal, names);
    }

    public static Command Logs(Globals globals)
    {
        var name = new Argument<string>("name") { Description = "NAME or GROUP:NAME" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what it writes, until Ctrl-C" };
        var stderr = new Option<bool>("--stderr") { Description = "Its error output" };
        var bytes = new Option<int?>("--bytes") { Description = $"How much of the end (default {LogBytes:N0})" };
        return globals.Client("logs", "Print the end of a process's log", async (session, stop) =>
        {
            var (daemon, process) = (Supervisord.Of(session), session.Get(name));
            var channel = session.Get(stderr) ? "Stderr" : "Stdout";
            var most = session.Get(bytes) ?? LogBytes;
            if (most < 1)
                throw Session.Usage("bytes", $"{most} is no size.", "Write 1 or more.");
            if (PsLogSearch.IsAsked(session))
                return await PsLogSearch.RunAsync(session, daemon, process, channel);
            if (!session.Get(follow))
                Write(session, await daemon.AskAsync(
                    proxy => proxy.TextAsync($"readProcess{channel}Log", process, -most, 0), process));
            else
                await daemon.FollowAsync($"/logtail/{process}/{channel.ToLowerInvariant()}",
                    text => Write(session, text), stop);
            return ExitCode.Ok;
        }, [name, follow, stderr, bytes, .. PsLogSearch.Options]);
    }

    // What a process wrote must not reach the terminal as orders.
    private static void Write(Session session, string text)
    {
        session.Terminal.Out.Write(session.Terminal.IsRich ? Clean.Block(text) : text);
        session.Terminal.Out.Flush();
    }

    private static Command Each(Globals globals, string verb, string description,
        Func<Session, Supervisord, List<JsonObject>, CancellationToken, Task<int>> run, params Symbol[] options)
    {
        var names = Names;
        return globals.Client(verb, description, async (session, stop) =>
        {
            var daemon = Supervisord.Of(session);
            return await run(session, daemon, PsCommand.Pick(await daemon.ListAsync(), session.Get(names)), stop);
        }, [names, .. options]);
    }

    /// <summary>Ends with the first process that does not come up again; the others run on.</summary>
    private static async Task<int> RollAsync(Session session, Supervisord daemon, List<JsonObject> rows)
    {
        foreach (var group in rows.Select(row => (string)row["group"]!).Distinct())
        {
            foreach (var result in await daemon.AskAsync(
                proxy => proxy.ResultsAsync("rota.rollingRestart", group), group))
            {
                var isDone = result.Status == FaultCode.Success;
                Say(session, new ProcessName(group, result.Name).ToString(),
                    isDone ? "restarted" : result.Description);
                if (!isDone)
                    return ExitCode.Failed;
            }
        }
        return ExitCode.Ok;
    }

    private static async Task<int> StartAsync(
        Session session, Supervisord daemon, List<JsonObject> rows, CancellationToken stop)
    {
        foreach (var name in rows.Where(row => !IsAlive(row)).Select(NameOf))
            await daemon.AskAsync(proxy => LetBeAsync(proxy, "startProcess", name), name);
        return await WaitAsync(session, daemon, rows, "started", IsStarted, stop);
    }

    private static async Task<int> StopAsync(
        Session session, Supervisord daemon, List<JsonObject> rows, CancellationToken stop)
    {
        string[] names = [.. rows.Where(IsAlive).Select(NameOf)];
        if (names.Length > 0)
            await daemon.AskAsync(proxy => StopEachAsync(proxy, names));
        return await WaitAsync(session, daemon, rows, "stopped", row => IsAlive(row) ? null : true, stop);
    }

    /// <summary>Without waiting: those first that depend on others of them; one by one where the supervisor is not
    /// ours.</summary>
    private static async Task<bool> StopEachAsync(ServerProxy proxy, string[] names)
    {
        try
        {
            var results = await proxy.ResultsAsync("rota.stopProcesses", names, false);
            // One that has ended meanwhile is as it was to be.
            var bad = results.Find(result => result.Status is not (FaultCode.Success or FaultCode.NotRunning));
            return bad is null ? true : throw new XmlRpcFault((int)bad.Status, bad.Description);
        }
        catch (XmlRpcFault fault) when ((FaultCode)fault.Code == FaultCode.UnknownMethod)
        {
            foreach (var name in names)
                await LetBeAsync(proxy, "stopProcess", name);
            return true;
        }
    }

    /// <summary>Without waiting; how it ends is seen in the list.</summary>
    private static async Task<object?> LetBeAsync(ServerProxy proxy, string method, string name)
    {
        try
        {
            return await proxy.CallAsync(method, name, false);
        }
        catch (XmlRpcFault fault) when ((FaultCode)fault.Code is FaultCode.AlreadyStarted or FaultCode.NotRunning
            or FaultCode.SpawnError or FaultCode.NoFile or FaultCode.NotExecutable or FaultCode.AbnormalTermination)
        {
            return null;
        }
    }

    /// <summary>Waits until all have an outcome, with a bar, and prints each as it comes.</summary>
    /// <param name="outcome">True: as asked for; false: failed; null: not yet.</param>
    private static async Task<int> WaitAsync(Session session, Supervisord daemon, List<JsonObject> rows, string word,
        Func<JsonObject, bool?> outcome, CancellationToken stop)
    {
        var progress = new ProgressLine(session.Terminal);
        var (left, failed) = (rows.Select(NameOf).ToHashSet(), 0);
        while (left.Count > 0)
        {
            foreach (var row in (await daemon.ListAsync()).Where(row => left.Contains(NameOf(row))))
            {
                if (outcome(row) is not { } isDone)
                    continue;
                left.Remove(NameOf(row));
                failed += isDone ? 0 : 1;
                progress.End();
                Say(session, NameOf(row), isDone ? word : $"{row["state"]}: {row["error"] ?? row["description"]}", row);
            }
            if (left.Count == 0)
                break;
            progress.Show(word, $"{rows.Count - left.Count}/{rows.Count}", rows.Count - left.Count, rows.Count);
            await Task.Delay(Pause, session.Terminal.Clock, stop);
        }
        return failed == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<List<JsonObject>> AgainAsync(Supervisord daemon, List<JsonObject> rows)
    {
        var names = rows.Select(NameOf).ToHashSet();
        return [.. (await daemon.ListAsync()).Where(row => names.Contains(NameOf(row)))];
    }

    private static void Say(Session session, string name, string word, JsonObject? row = null) => session.Terminal.Out
        .WriteLine(session.IsJson
            ? (row ?? new JsonObject { ["name"] = name, ["result"] = word }).ToJsonString()
            : Clean.Line($"{name}: {word}"));

    // A process in BACKOFF is tried again, until it runs or is given up.
    private static bool? IsStarted(JsonObject row) => (string)row["state"]! switch
    {
        "RUNNING" => true,
        "STARTING" or "BACKOFF" or "STOPPING" => null,
        "EXITED" => (string?)row["error"] is null,
        _ => false,
    };

    public static bool IsAlive(JsonObject row) =>
        (string)row["state"]! is "RUNNING" or "STARTING" or "BACKOFF" or "STOPPING";

    public static string NameOf(JsonObject row) => (string)row["name"]!;
}
