using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota schedules …</c>: the group, and the commands without options of their own.</summary>
internal static class ScheduleCommands
{
    private const int ListMax = 10_000;

    public static Command Create(Globals globals) => Globals.Group("schedules", "Enqueue jobs over time",
        List(globals), ShowOne(globals), ScheduleSetCommands.Add(globals), ScheduleSetCommands.Edit(globals),
        ActOnSome(globals, "pause", "Enqueue nothing until it is resumed", "paused"),
        ActOnSome(globals, "resume", "Enqueue again", "resumed"),
        Act(globals, "run", "Enqueue its job once, now",
            (_, answer) => $"job {answer.Json.Text("id")} "
                + (answer.Json.IsTrue("is_new") ? "is enqueued" : "was there already")),
        SchedulePastCommands.Backfill(globals), SchedulePastCommands.Restore(globals), Remove(globals), Next(globals),
        ScheduleVersionsCommand.Create(globals), SchedulePlanCommands.Plan(globals),
        SchedulePlanCommands.Apply(globals), ScheduleExportCommand.Create(globals));

    public static Argument<string> Name() => new("name") { Description = "Name of the schedule" };

    public static string Path(string name) => $"schedules/{Uri.EscapeDataString(name)}";

    private static Command List(Globals globals)
    {
        var tag = new Option<string?>("--tag") { Description = "Only those whose jobs get this tag" };
        return globals.Client("list", "List schedules and when they are due", async (session, stop) =>
        {
            var query = new Query([]).Add("tag", session.Get(tag)).Add("limit", ListMax);
            return session.Print(await session.Server.GetAsync($"schedules{query}", stop), answer =>
            {
                var grid = new Grid("Name", "State", "Trigger", "Runs", "Next", "Last");
                foreach (var schedule in answer.Items)
                {
                    grid.Add(schedule.Text("name"), State(schedule),
                        schedule.Find("trigger") is { } trigger ? Show.Trigger(trigger) : "", schedule.Text("kind"),
                        Show.Time(session, schedule.Instant("next_due")),
                        Show.Time(session, schedule.Instant("last_due")));
                }
                grid.Write(session.Terminal, "no schedules; add one: rota schedules add --help");
                if (answer.Json.TextOrNull("next") is not null)
                    session.Terminal.Error.WriteLine($"only the first {ListMax:N0} are shown; name some by --tag");
            });
        }, tag);
    }

    private static Cell State(JsonElement schedule) =>
        schedule.TextOrNull("broken") is not null ? new Cell("broken", "red")
        : schedule.IsTrue("is_paused") ? new Cell("paused", "yellow")
        : new Cell("active", "green");

    private static Command ShowOne(Globals globals)
    {
        var name = Name();
        return globals.Client("show", "Show one schedule and its occurrences", async (session, stop) =>
        {
            var answer = await session.Server.GetAsync(Path(session.Get(name)), stop);
            var occurrences = session.IsJson ? null
                : await session.Server.GetAsync($"{Path(session.Get(name))}/occurrences", stop);
            return session.Print(answer, _ => ShowSchedule(session, answer.Json, occurrences!));
        }, name);
    }

    private static void ShowSchedule(Session session, JsonElement schedule, Answer occurrences)
    {
        Show.Facts(session, [
            ("schedule", schedule.Text("name")), ("state", schedule.IsTrue("is_paused") ? "paused" : "active"),
            ("trigger", schedule.Find("trigger") is { } trigger ? Show.Trigger(trigger) : ""),
            ("means", schedule.Text("description")), ("clock", schedule.Text("clock_changes")),
            ("broken", schedule.Text("broken")),
            ("kind", schedule.Text("kind")), ("defined in", schedule.Text("owner")),
            ("missed", Missed(schedule)), ("at once", AtOnce(schedule)),
            ("next", Show.Time(session, schedule.Instant("next_due"))),
                ("last", Show.Time(session, schedule.Instant("last_due"))),
            ("secrets", schedule.IsTrue("has_secrets") ? "set" : "none"),
            ("args", JobCommands.Pretty(schedule, "args")), ("options", JobCommands.Pretty(schedule, "options")),
        ]);
        var grid = new Grid("Due", "Outcome", "Job");
        foreach (var occurrence in occurrences.Items)
        {
            grid.Add(Show.Time(session, occurrence.Instant("due_at")), Show.State(occurrence.Text("outcome")),
                occurrence.Text("job_id"));
        }
        session.Terminal.Out.WriteLine();
        grid.Write(session.Terminal, "no occurrences yet");
    }

    private static string Missed(JsonElement schedule) =>
        $"{schedule.Text("misfire")}, after {schedule.Text("misfire_grace")}"
        + (schedule.IsTrue("coalesce") ? ", coalesced" : "")
        + (schedule.TextOrNull("catch_up_window") is { } window ? $", at most {window} back" : "");

    private static string AtOnce(JsonElement schedule) => schedule.TextOrNull("max_running") is { } max
        ? $"at most {max}, else {schedule.Text("when_full")}" : "";

    /// <summary>On one schedule, on all with a tag, or on all.</summary>
    private static Command ActOnSome(Globals globals, string verb, string description, string done)
    {
        var name = new Argument<string?>("name")
        {
            Description = "Name of a schedule",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => null,
        };
        var tag = new Option<string?>("--tag") { Description = "All whose jobs get this tag" };
        var all = new Option<bool>("--all") { Description = "All schedules" };
        return globals.Client(verb, description, async (session, stop) =>
        {
            var given = (session.Get(name) is null ? 0 : 1) + (session.Get(tag) is null ? 0 : 1)
                + (session.Get(all) ? 1 : 0);
            if (given != 1)
                throw Session.Usage("name", "It is not clear which schedules are meant.",
                    "Name one, or give --tag or --all.");
            if (session.Get(name) is { } one)
                return session.Say(await session.Server.PostAsync($"{Path(one)}/{verb}", null, stop),
                    $"schedule {one} is {done}");
            var body = session.Get(tag) is { } asked ? new JsonObject { ["tag"] = asked }
                : new JsonObject { ["all"] = true };
            var answer = await session.Server.PostAsync($"schedules/{verb}", body, stop);
            var names = answer.Json.Items("names").Select(item => item.GetString()).ToList();
            return session.Say(answer, names.Count == 0 ? $"none had to be {done}"
                : $"{names.Count} {(names.Count == 1 ? "schedule is" : "schedules are")} {done}: "
                    + string.Join(", ", names));
        }, name, tag, all);
    }

    private static Command Act(Globals globals, string verb, string description, Func<string, Answer, string> tell)
    {
        var name = Name();
        return globals.Client(verb, description, async (session, stop) =>
        {
            var answer = await session.Server.PostAsync($"{Path(session.Get(name))}/{verb}", null, stop);
            return session.Say(answer, tell(session.Get(name), answer));
        }, name);
    }

    private static Command Remove(Globals globals)
    {
        var name = Name();
        var takeOver = new Option<bool>("--take-over") { Description = "Also when it is defined elsewhere" };
        return globals.Client("remove", "Remove a schedule; its jobs stay", async (session, stop) => session.Say(
            await session.Server.DeleteAsync(
                $"{Path(session.Get(name))}{(session.Get(takeOver) ? "?take_over=true" : "")}", stop),
            $"schedule {session.Get(name)} is removed; to undo: rota schedules restore {session.Get(name)}"),
            name, takeOver);
    }

    private static Command Next(Globals globals)
    {
        var name = new Argument<string?>("name")
        {
            Description = "Name of a schedule",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => null,
        };
        var trigger = new TriggerOptions();
        var count = new Option<int>("--count", "-n") { Description = "How many", DefaultValueFactory = _ => 5 };
        return globals.Client("next", "Show when a schedule, or a trigger to be tried, is due next",
            async (session, stop) =>
        {
            var body = new JsonObject
            {
                ["trigger"] = await TriggerAsync(session, name, trigger, stop),
                ["count"] = session.Get(count)
            };
            var answer = await session.Server.PostAsync("schedules/preview", body, stop);
            return session.Print(answer, _ =>
            {
                session.Terminal.Out.WriteLine(answer.Json.Text("description"));
                if (answer.Json.TextOrNull("clock_changes") is { } changes)
                    session.Terminal.Out.WriteLine(changes);
                foreach (var run in answer.Json.Items("next"))
                {
                    var time = run.GetProperty(session.IsUtc ? "at" : "local").GetDateTimeOffset();
                    var note = run.TextOrNull("note") is { } text ? $"  {text}" : "";
                    session.Terminal.Out.WriteLine($"{time:yyyy-MM-dd HH:mm:ss zzz}{note}");
                }
            });
        }, [name, .. trigger.All, count]);
    }

    private static async Task<JsonNode> TriggerAsync(
        Session session, Argument<string?> name, TriggerOptions trigger, CancellationToken stop)
    {
        if (trigger.ToJson(session) is { } given)
            return given;
        if (session.Get(name) is not { } schedule)
            throw Session.Usage("name", "No schedule is named.", "Name one, or give a trigger, such as --cron.");
        var answer = await session.Server.GetAsync(Path(schedule), stop);
        return JsonNode.Parse(answer.Json.Text("trigger"))!; // a schedule has a trigger
    }
}
