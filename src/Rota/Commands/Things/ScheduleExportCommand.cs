using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rota.Secrets;

namespace Rota.Commands;

/// <summary><c>rota schedules export</c>: schedules as a file that <c>plan</c> and <c>apply</c> take.</summary>
internal static class ScheduleExportCommand
{
    /// <summary>The fields of a rule, and what goes without saying.</summary>
    private static readonly (string Name, string? Default)[] Fields =
    [
        ("trigger", null), ("kind", null), ("args", "{}"), ("options", "{}"), ("misfire", "\"run_once\""),
        ("misfire_grace", "\"1m\""), ("coalesce", "false"), ("catch_up_window", null), ("max_running", null),
        ("when_full", "\"skip\""), ("is_paused", "false"),
    ];

    public static Command Create(Globals globals)
    {
        var owner = new Option<string?>("--owner") { Description = "Only those that are defined there" };
        var tag = new Option<string?>("--tag") { Description = "Only those whose jobs get this tag" };
        return globals.Client("export", "Write schedules as a file for plan and apply; never their secrets",
            async (session, stop) =>
        {
            var schedules = new JsonObject();
            await foreach (var schedule in ListAsync(session.Server, session.Get(tag), stop))
            {
                if (session.Get(owner) is { } wanted && schedule.Text("owner") != wanted)
                    continue;
                schedules[schedule.Text("name")] = RuleOf(schedule);
            }
            var whole = new JsonObject { ["schedules"] = schedules };
            session.Terminal.Out.WriteLine(session.IsJson ? whole.ToJsonString() : YamlWriter.Write(whole).TrimEnd());
            return ExitCode.Ok;
        }, owner, tag);
    }

    private static async IAsyncEnumerable<JsonElement> ListAsync(Server server, string? tag,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        var filter = tag is null ? "schedules?" : $"schedules?tag={Uri.EscapeDataString(tag)}&";
        for (string? after = ""; after is not null;)
        {
            var page = await server.GetAsync($"{filter}after={Uri.EscapeDataString(after)}", stop);
            foreach (var schedule in page.Items)
                yield return schedule;
            after = page.Json.TextOrNull("next");
        }
    }

    private static JsonObject RuleOf(JsonElement schedule)
    {
        if (schedule.Text("broken") is { Length: > 0 } broken)
            throw new ConflictException("schedule.broken", $"{schedule.Text("name")} cannot be read: {broken}",
                "Put it again, or remove it.");
        if (schedule.Text("args").Contains(Redactor.Mark))
            throw new ConflictException("schedule.masked", $"Values among the arguments of {schedule.Text("name")} are "
                + "masked, so that they cannot be written.", "Make them secrets of the schedule.");
        return new JsonObject(Fields
            .Select(field => (field.Name, Value: schedule.Find(field.Name)?.GetRawText(), field.Default))
            .Where(field => field.Value is not null && field.Value != field.Default)
            .Select(field => KeyValuePair.Create(field.Name, JsonNode.Parse(field.Value!))));
    }
}
