using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary>The supervisor as a whole: <c>rota ps reload</c> and <c>rota ps shutdown</c>.</summary>
internal static class PsDaemon
{
    private const int NamesMax = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>What a supervisor may take from its end to its new beginning.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Command Reload(Globals globals) => Create(globals, "reload",
        "Stop all processes, read the file anew, start, and wait until the supervisor answers again",
        "restart", "stop and start again", "runs again");

    public static Command Shutdown(Globals globals) => Create(globals, "shutdown",
        "Stop all processes, end the supervisor, and wait until it is gone", "shutdown", "stop", "has shut down");

    private static Command Create(
        Globals globals, string verb, string description, string method, string consequence, string done)
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        return globals.Client(verb, description, async (session, stop) =>
        {
            var daemon = Supervisord.Of(session);
            if (!session.Get(yes) && !session.Confirm(Clean.Line(
                $"{verb} the supervisor at {daemon.Address.Url}: {await RunningAsync(daemon)} {consequence}?")))
                return ExitCode.Ok;
            await daemon.AskAsync(proxy => proxy.CallAsync(method));
            await UntilDoneAsync(daemon, isToReturn: method == "restart", session.Terminal.Clock, stop);
            var answer = new JsonObject { ["url"] = daemon.Address.Url, ["result"] = done };
            return session.Say(new Answer(200, answer.ToJsonString()), $"{daemon.Address.Url} {done}");
        }, yes);
    }

    /// <summary>Such as <c>db, web:web_0</c>.</summary>
    private static async Task<string> RunningAsync(Supervisord daemon)
    {
        var names = (await daemon.ListAsync()).Where(PsActions.IsAlive).Select(PsActions.NameOf).ToList();
        var first = string.Join(", ", names.Take(NamesMax));
        return names.Count == 0 ? "no processes" : names.Count <= NamesMax ? first
            : $"{first} and {names.Count - NamesMax:N0} more";
    }

    /// <summary>From its order on a supervisor refuses what it is asked, so that an answer is that of the next one.
    /// </summary>
    private static async Task UntilDoneAsync(
        Supervisord daemon, bool isToReturn, TimeProvider clock, CancellationToken stop)
    {
        long? gone = null;
        while (true)
        {
            try
            {
                await daemon.ListAsync();
                return;
            }
            catch (ConflictException)
            {
                // It stops its processes yet.
            }
            catch (NoSupervisorException) when (!isToReturn)
            {
                return;
            }
            catch (NoSupervisorException) when (gone is null || clock.GetElapsedTime(gone.Value) < Patience)
            {
                gone ??= clock.GetTimestamp();
            }
            await Task.Delay(Pause, clock, stop);
        }
    }
}
