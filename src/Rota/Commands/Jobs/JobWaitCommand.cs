using System.CommandLine;
using System.Text.Json;

namespace Rota.Commands;

/// <summary><c>rota jobs wait</c>: follows a job to its end, and ends as the job did.</summary>
/// <remarks>A broken connection is taken up again a few times, because a job outlives a restart of its server. Ctrl-C
/// only stops looking.</remarks>
internal static class JobWaitCommand
{
    private const int TriesMax = 20;
    private static readonly TimeSpan TryPause = TimeSpan.FromSeconds(1);

    public static Command Create(Globals globals)
    {
        var id = JobCommands.Id();
        return globals.Client("wait", "Wait for the end of a job; exits with 0 when it succeeded",
            (session, stop) => WaitAsync(session, session.Get(id), stop), id);
    }

    public static async Task<int> WaitAsync(Session session, string id, CancellationToken stop)
    {
        var line = new ProgressLine(session.Terminal);
        var tries = 0;
        while (true)
        {
            try
            {
                if (await FollowAsync(session, id, line, () => tries = 0, stop) is { } job)
                    return Tell(session, job, line);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                line.End();
                session.Terminal.Error.WriteLine($"job {id} goes on; come back with: rota jobs wait {id}");
                return ExitCode.Interrupted;
            }
            catch (NoServerException) when (tries is > 0 and < TriesMax)
            {
                // It was there a moment ago: it restarts.
            }
            tries++;
            await Pause(session, stop);
        }
    }

    private static async Task Pause(Session session, CancellationToken stop)
    {
        // Ctrl-C in the pause is told by the next try.
        await Task.Delay(TryPause, session.Terminal.Clock, stop).ContinueWith(_ => { }, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <returns>The ended job, or null when the stream broke off.</returns>
    private static async Task<Answer?> FollowAsync(
        Session session, string id, ProgressLine line, Action connected, CancellationToken stop)
    {
        await foreach (var item in session.Server.EventsAsync($"{JobCommands.Path(id)}/events", stop))
        {
            connected();
            var job = new Answer(200, item.Data);
            if (item.EventType == "end")
                return job;
            if (!session.IsJson)
                line.Show(job.Json);
        }
        return null;
    }

    private static int Tell(Session session, Answer job, ProgressLine line)
    {
        line.End();
        session.Print(job, _ => TellPeople(session, job.Json));
        return job.Json.Text("state") == "succeeded" ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void TellPeople(Session session, JsonElement job)
    {
        var ran = Show.Ran(session, job) is { Length: > 0 } time ? $" in {time}" : "";
        var reason = job.TextOrNull("reason") is { } told and not "none" ? $" ({told})" : "";
        session.Terminal.Out.WriteLine($"job {job.Text("id")} {job.Text("state")}{reason}{ran}");
        if (job.TextOrNull("error") is { } error)
            session.Terminal.Out.WriteLine(Clean.Block(error));
        if (JobCommands.Pretty(job, "output") is { Length: > 0 } output)
            session.Terminal.Out.WriteLine(Clean.Block(output));
    }
}
