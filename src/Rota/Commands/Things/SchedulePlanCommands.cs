using System.CommandLine;
using System.Text.Json;

namespace Rota.Commands;

/// <summary><c>rota schedules plan</c> and <c>apply</c>: the schedules of a file.</summary>
internal static class SchedulePlanCommands
{
    private static readonly (string Action, string Sign, string Style, string Planned, string Done)[] Actions =
    [
        ("create", "+", "green", "to create", "created"),
        ("change", "~", "yellow", "to change", "changed"),
        ("remove", "-", "red", "to remove", "removed"),
        ("conflict", "!", "red", "in conflict", "in conflict"),
        ("unchanged", "=", "grey", "unchanged", "unchanged"),
    ];

    public static Command Plan(Globals globals)
    {
        var options = new ScheduleFileOptions();
        var tells = new Option<bool>("--exit-code") { Description = "Exit with 2 when something would change" };
        return globals.Client("plan", "Show what the schedules of a file would change", async (session, stop) =>
        {
            var send = options.Read(session, stop);
            var plan = await send(true);
            session.Print(plan, _ => ShowPlan(session, plan.Json));
            return session.Get(tells) && IsChange(plan) ? ExitCode.Differs : ExitCode.Ok;
        }, [.. options.All, tells]);
    }

    public static Command Apply(Globals globals)
    {
        var options = new ScheduleFileOptions();
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        return globals.Client("apply", "Make the schedules of a file those of the server", async (session, stop) =>
        {
            var send = options.Read(session, stop);
            var plan = await send(true);
            if (!session.IsJson)
                ShowPlan(session, plan.Json);
            if (!IsChange(plan))
                return session.Print(plan, _ => { });
            // A conflict needs no question: the server refuses it and says why.
            if (Count(plan.Json, "conflict") == 0 && !session.Get(yes) && !session.Confirm("apply this?"))
                return ExitCode.Ok;
            var done = await send(false);
            return session.Say(done, Counts(done.Json, action => action.Done));
        }, [.. options.All, yes]);
    }

    private static bool IsChange(Answer plan) =>
        plan.Json.Items("changes").Any(change => change.Text("action") != "unchanged");

    private static void ShowPlan(Session session, JsonElement plan)
    {
        foreach (var change in plan.Items("changes").Where(change => change.Text("action") != "unchanged"))
        {
            var (action, sign, style, _, _) = Actions.First(known => known.Action == change.Text("action"));
            Show.Line(session, new Cell($"{sign} {change.Text("name")}", style), change.Text("error"));
            foreach (var field in change.Items("fields"))
                session.Terminal.Out.WriteLine($"    {Clean.Line(Field(field, isNew: action == "create"))}");
        }
        foreach (var name in plan.Items("undeclared"))
            Show.Line(session, new Cell($"? {name}", "grey"), "is not in the file; --prune removes it");
        session.Terminal.Out.WriteLine(Counts(plan, action => action.Planned));
    }

    /// <summary>One field that differs, as people read it.</summary>
    public static string Field(JsonElement field, bool isNew = false)
    {
        const int CharactersMax = 100;
        var after = Value("after");
        return $"{field.Text("field")}: {(isNew ? after : $"{Value("before")} -> {after}")}";

        string Value(string name) => field.Find(name)?.GetRawText() is { } text
            ? text.Length <= CharactersMax ? text : $"{text[..CharactersMax]}…"
            : "none";
    }

    private static string Counts(
        JsonElement plan, Func<(string Action, string Sign, string Style, string Planned, string Done), string> word)
    {
        var counts = Actions.Select(action => (Count: Count(plan, action.Action), Word: word(action)))
            .Where(action => action.Count > 0).Select(action => $"{action.Count:N0} {action.Word}").ToList();
        return counts.Count > 0 ? string.Join(", ", counts) : "no schedules";
    }

    private static int Count(JsonElement plan, string action) =>
        plan.Items("changes").Count(change => change.Text("action") == action);
}
