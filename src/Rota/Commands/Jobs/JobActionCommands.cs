using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota jobs cancel</c> and <c>rota jobs retry</c>: single jobs, or all that fit a filter after a counted
/// question.</summary>
internal static class JobActionCommands
{
    private const string Cancels = "cancel", Retries = "retry";

    public static Command Cancel(Globals globals) => Create(globals, Cancels,
        "Cancel jobs that have not ended", answer => $"job {answer.Json.Text("id")} is {Told(answer)}");

    public static Command Retry(Globals globals) => Create(globals, Retries,
        "Run jobs again: ended ones as new jobs, waiting ones now", answer => answer.Json.IsTrue("is_new")
            ? $"job {answer.Json.Text("id")} is enqueued" : $"job {answer.Json.Text("id")} runs as soon as it can");

    private static string Told(Answer answer) => answer.Json.Text("state") == "running"
        ? "running, and was asked to stop" : answer.Json.Text("state");

    private static Command Create(Globals globals, string verb, string description, Func<Answer, string> tell)
    {
        var ids = new Argument<string[]>("id")
        {
            Description = "Numbers of jobs, or key:NAME",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var filter = new JobFilterOptions();
        var reason = new Option<string?>("--why") { Description = "Kept with the canceled jobs" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        Symbol[] own = verb == Cancels ? [reason, dryRun, yes] : [dryRun, yes];
        return globals.Client(verb, description, async (session, stop) =>
        {
            var body = verb == Cancels && session.Get(reason) is { } why ? new JsonObject { ["reason"] = why } : null;
            var bulk = new JsonObject { ["action"] = verb, ["filter"] = filter.ToJson(session) };
            if (session.Get(ids).Length > 0)
            {
                if (filter.Values(session).Any() || session.Get(dryRun))
                    throw Session.Usage("id", "Give jobs or a filter, not both.", $"See rota jobs {verb} --help.");
                return await EachAsync(session, session.Get(ids), verb, body, tell, stop);
            }
            if (!filter.Values(session).Any())
                throw Session.Usage("id", "No job is named.",
                    "Name jobs, or a filter such as --state failed --kind NAME.");
            if (body is not null)
                bulk["reason"] = body["reason"]!.DeepClone();
            return await BulkAsync(session, bulk, session.Get(dryRun), session.Get(yes), stop);
        }, [ids, .. filter.All, .. own]);
    }

    private static async Task<int> EachAsync(Session session, string[] ids, string verb, JsonObject? body,
        Func<Answer, string> tell, CancellationToken stop)
    {
        var code = ExitCode.Ok;
        foreach (var id in ids)
        {
            try
            {
                var answer = await session.Server.PostAsync($"{JobCommands.Path(id)}/{verb}", body?.DeepClone(), stop);
                session.Say(answer, tell(answer));
            }
            catch (ServerProblem problem) when (problem.Status is 404 or 409)
            {
                code = ErrorText.Write(session.Terminal, problem, session.IsJson);
            }
        }
        return code;
    }

    private static async Task<int> BulkAsync(
        Session session, JsonObject bulk, bool isDryRun, bool isSure, CancellationToken stop)
    {
        var verb = bulk["action"]!.ToString();
        bulk["dry_run"] = true;
        if (isDryRun || !isSure)
        {
            var counted = await session.Server.PostAsync("jobs/bulk", bulk, stop);
            var count = counted.Json.Number("count");
            if (isDryRun || count == 0)
                return session.Say(counted, $"{Count(count)} would be {Past(verb)}");
            var filter = string.Join(", ", bulk["filter"]!.AsObject().Select(part => $"{part.Key} {part.Value}"));
            if (!session.Confirm($"{verb} {Count(count)} ({filter})?"))
                return ExitCode.Ok;
        }
        bulk["dry_run"] = false;
        var done = await session.Server.PostAsync("jobs/bulk", bulk, stop);
        return session.Say(done, $"{Count(done.Json.Number("count"))} {Past(verb)}");
    }

    private static string Past(string verb) => verb == Cancels ? "canceled" : "retried";

    private static string Count(long count) => count == 1 ? "1 job" : $"{count:N0} jobs";
}
