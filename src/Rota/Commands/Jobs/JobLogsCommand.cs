using System.CommandLine;
using System.Text.Json;

namespace Rota.Commands;

/// <summary><c>rota jobs logs</c>.</summary>
internal static class JobLogsCommand
{
    private const int Page = 1_000;

    public static Command Create(Globals globals)
    {
        var id = JobCommands.Id();
        var follow = new Option<bool>("--follow", "-f") { Description = "Print lines as they come, to the job's end" };
        return globals.Client("logs", "Print the log lines of a job", (session, stop) => session.Get(follow)
            ? FollowAsync(session, session.Get(id), stop)
            : PrintAsync(session, session.Get(id), stop), id, follow);
    }

    /// <summary>All lines, page by page; with --json each page as it came.</summary>
    private static async Task<int> PrintAsync(Session session, string id, CancellationToken stop)
    {
        string? after = null;
        do
        {
            var query = new Query([]).Add("after", after).Add("limit", Page);
            var answer = await session.Server.GetAsync($"{JobCommands.Path(id)}/logs{query}", stop);
            session.Print(answer, _ =>
            {
                foreach (var line in answer.Items)
                    Write(session, line);
            });
            after = answer.Json.TextOrNull("next");
        }
        while (after is not null);
        return ExitCode.Ok;
    }

    private static async Task<int> FollowAsync(Session session, string id, CancellationToken stop)
    {
        try
        {
            await foreach (var item in session.Server.EventsAsync($"{JobCommands.Path(id)}/logs?follow=true", stop))
            {
                if (item.EventType == "end")
                    return End(session, new Answer(200, item.Data));
                session.Print(new Answer(200, item.Data), line => Write(session, line.Json));
            }
            session.Terminal.Error.WriteLine($"the server ended the stream; come back with: rota jobs logs {id} -f");
            return ExitCode.NoServer;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            session.Terminal.Error.WriteLine($"job {id} goes on; come back with: rota jobs logs {id} -f");
            return ExitCode.Interrupted;
        }
    }

    private static int End(Session session, Answer job)
    {
        if (!session.IsJson)
            session.Terminal.Error.WriteLine($"job {job.Json.Text("id")} {job.Json.Text("state")}");
        return job.Json.Text("state") == "succeeded" ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Write(Session session, JsonElement line)
    {
        var at = line.Instant("at")?.UtcDateTime.ToString(session.IsUtc ? "yyyy-MM-dd HH:mm:ss.fff'Z'"
            : "HH:mm:ss.fff");
        var level = line.Text("level") is { } told and not "information" and not "Information"
            ? $"{told.ToLowerInvariant()}: " : "";
        session.Terminal.Out.WriteLine($"{at} {level}{Clean.Block(line.Text("text"))}");
    }
}
