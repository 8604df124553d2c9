using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rota.Schedules;

namespace Rota.Commands;

/// <summary><c>rota cron …</c>: what needs no server.</summary>
internal static class CronCommands
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss zzz";

    // As the API writes it: a quote is a quote.
    private static readonly JsonSerializerOptions Plain =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(Globals globals) =>
        Globals.Group("cron", "Understand and convert cron expressions", Explain(globals));

    private static Command Explain(Globals globals)
    {
        var cron = new Argument<string>("expression") { Description = "In quotes, such as '0 9 * * 1-5'" };
        var zone = new Option<string?>("--zone") { Description = "Time zone (default: UTC)" };
        var dialect = new Option<string?>("--dialect")
        {
            Description = "unix, quartz or apscheduler (default: unix)",
        };
        var gap = new Option<string?>("--gap")
        {
            Description = "run or skip: what becomes of a local time that the clock skips (default: run)",
        };
        var spread = new Option<string?>("--spread")
        {
            Description = "What spreads H: the name of the schedule",
            HelpName = "NAME",
        };
        var after = new Option<string?>("--after")
        {
            Description = "List the runs after this instant (default: now)",
            HelpName = "INSTANT",
        };
        var to = new Option<string?>("--to") { Description = "Say it in this dialect, too", HelpName = "DIALECT" };
        var count = new Option<int>("--count", "-n")
        {
            Description = "How many runs to list",
            DefaultValueFactory = _ => CronQuestion.DefaultCount,
        };
        return globals.Client("explain", "Say what a cron expression means and when it runs; needs no server",
            (session, _) =>
        {
            var explanation = CronExplanation.Of(
                new CronQuestion(session.Get(cron), session.Get(zone), session.Get(dialect), session.Get(gap),
                    session.Get(spread), session.Get(after), session.Get(count), session.Get(to)),
                session.Terminal.Clock.GetUtcNow());
            return Task.FromResult(session.Print(
                new Answer(200, ToJson(explanation).ToJsonString(Plain)), _ => Tell(session, explanation)));
        }, cron, zone, dialect, gap, spread, after, count, to);
    }

    private static void Tell(Session session, CronExplanation explanation)
    {
        var output = session.Terminal.Out;
        output.WriteLine(explanation.Description);
        if (explanation.Next.Count == 0)
            output.WriteLine("It never runs.");
        foreach (var run in explanation.Next)
        {
            var time = session.IsUtc ? run.At : run.Local;
            output.WriteLine($"{time.ToString(TimeFormat)}{(run.Note is null ? "" : $"  {run.Note}")}");
        }

        if (explanation.Converted is not { } converted)
            return;
        output.WriteLine();
        output.WriteLine($"{CronWords.Of(converted.Cron.Dialect)}: {converted.Cron}");
        foreach (var note in converted.Notes)
            output.WriteLine($"- {note}");
    }

    /// <summary>As the API answers it.</summary>
    private static JsonObject ToJson(CronExplanation explanation)
    {
        var trigger = explanation.Trigger;
        var json = new JsonObject
        {
            ["cron"] = trigger.Cron.ToString(),
            ["dialect"] = CronWords.Of(trigger.Cron.Dialect),
            ["zone"] = trigger.Zone,
            ["gap"] = CronWords.Of(trigger.Gap),
        };
        if (trigger.Cron.Spread is { } spread)
            json["spread"] = spread;
        json["description"] = explanation.Description;
        json["next"] = new JsonArray([.. explanation.Next.Select(ToJson)]);
        if (explanation.Converted is { } converted)
        {
            json["converted"] = new JsonObject
            {
                ["cron"] = converted.Cron.ToString(),
                ["dialect"] = CronWords.Of(converted.Cron.Dialect),
                ["notes"] = new JsonArray([.. converted.Notes.Select(note => (JsonNode)note)]),
            };
        }

        return json;
    }

    private static JsonNode ToJson(CronRun run)
    {
        var json = new JsonObject { ["at"] = run.At, ["local"] = run.Local };
        if (run.Note is { } note)
            json["note"] = note;
        return json;
    }
}
