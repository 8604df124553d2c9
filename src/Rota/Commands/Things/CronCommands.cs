using System.CommandLine;
using System.Text.Json;
using Rota.Schedules;
using Rota.Web.Api;

namespace Rota.Commands;

/// <summary><c>rota cron …</c>: what needs no server.</summary>
internal static class CronCommands
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss zzz";

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
            var asTheApi = JsonSerializer.Serialize(CronView.From(explanation), ApiJsonOptions.Value);
            return Task.FromResult(session.Print(new Answer(200, asTheApi), _ => Tell(session, explanation)));
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
}
