using System.Text.Json;
using Xunit;

namespace Rota.Tests.Web;

public sealed class ScheduleSetApiTests(WebHost host) : IClassFixture<WebHost>
{
    private const string Apply = "/api/v1/schedules/apply";

    private static object Set(string owner, object schedules, bool isDryRun) =>
        new { owner, schedules, dry_run = isDryRun };

    private static object Rule(object args, object? secrets = null) =>
        new { trigger = new { every = "1h" }, kind = "some.kind", args, secrets = secrets ?? new { } };

    private async Task<JsonElement> ApplyAsync(object body)
    {
        var answer = await host.Operator.SendJsonAsync("POST", Apply, body, 200);
        return answer.GetProperty("changes")[0];
    }

    [Fact]
    public async Task A_set_is_planned_unless_dry_run_is_false_and_noted_with_its_owner()
    {
        var schedules = new { planned = Rule(new { n = 1 }) };
        var plan = await host.Operator.SendJsonAsync("POST", Apply, new { owner = "file:plan", schedules }, 200);
        Assert.True(plan.GetProperty("dry_run").GetBoolean());
        Assert.Equal("create", plan.GetProperty("changes")[0].Text("action"));
        await host.Viewer.ProblemAsync("GET", "/api/v1/schedules/planned", null, 404, "schedule.not_found");

        Assert.Equal("create", (await ApplyAsync(Set("file:plan", schedules, isDryRun: false))).Text("action"));
        Assert.Equal("unchanged", (await ApplyAsync(Set("file:plan", schedules, isDryRun: true))).Text("action"));
        Assert.Equal("file:plan", (await host.Viewer.GetJsonAsync("/api/v1/schedules/planned")).Text("owner"));
        Assert.Contains((await host.Admin.GetJsonAsync("/api/v1/audit?limit=1000")).Items(),
            row => row.Text("action") == "schedules.apply" && row.Text("target") == "file:plan");
    }

    [Fact]
    public async Task Differences_are_told_by_field_with_secrets_masked()
    {
        var before = Rule(new { n = 1, password = "hush-1", deep = new { list = new[] { 1 } } });
        var deep = new { list = new[] { 1, 2 }, token = new { a = 1 } };
        var after = Rule(new { n = 1, password = "hush-2", deep }, new { pin = "hush-3" });
        await ApplyAsync(Set("file:mask", new { masked = before }, isDryRun: false));
        var change = await ApplyAsync(Set("file:mask", new { masked = after }, isDryRun: false));
        var version = (await host.Viewer.GetJsonAsync("/api/v1/schedules/masked/versions?limit=1")).Items().Single();

        string[] fields = ["args.password: ******** -> ********", "args.deep.list: [1] -> [1,2]",
            "args.deep.token: none -> ********", "has_secrets: False -> True"];
        Assert.Equal([.. fields, "secrets.pin: none -> ********"], Told(change.GetProperty("fields")));
        Assert.Equal(fields, Told(version.GetProperty("changes")));
        Assert.DoesNotContain("hush", change.GetRawText() + version.GetRawText()
            + (await host.Admin.GetJsonAsync("/api/v1/audit?limit=1000")).GetRawText());

        static string[] Told(JsonElement changes) => [.. changes.EnumerateArray().Select(field =>
            $"{field.Text("field")}: {Value(field, "before")} -> {Value(field, "after")}")];

        static string Value(JsonElement json, string name) =>
            json.TryGetProperty(name, out var value) ? value.ToString() : "none";
    }

    [Fact]
    public async Task A_wrong_rule_is_named_by_its_schedule_and_field()
    {
        var trigger = new { every = "1h" };
        await RefusedAsync(new { trigger = new { cron = "61 * * * *" }, kind = "x" }, "schedules.bad.cron");
        await RefusedAsync(new { trigger }, "schedules.bad.kind");
        await RefusedAsync(new { kind = "x" }, "schedules.bad.trigger");
        await RefusedAsync(new { trigger, kind = "x", owner = "y" }, "schedules.bad.owner");
        await RefusedAsync(new { trigger, kind = "x", max_running = "1" }, "schedules.bad.max_running");
        await RefusedAsync(new { trigger, kind = "x", options = new { priority = 99 } },
            "schedules.bad.options.priority");
        await RefusedAsync(null, "schedules.bad");

        async Task RefusedAsync(object? bad, string field)
        {
            var problem = await host.Operator.ProblemAsync("POST", Apply,
                Set("file:bad", new { bad }, isDryRun: false), 400, "request.invalid", field);
            Assert.StartsWith("Schedule bad: ", problem.Text("detail"));
        }
    }

    [Fact]
    public async Task A_conflict_is_told_by_a_plan_and_refused_by_an_apply()
    {
        var schedules = new { taken = Rule(new { n = 1 }) };
        await ApplyAsync(Set("file:first", schedules, isDryRun: false));
        var conflict = await ApplyAsync(Set("file:second", schedules, isDryRun: true));

        Assert.Equal(("conflict", "The schedule 'taken' is defined in file:first."),
            (conflict.Text("action"), conflict.Text("error")));
        await host.Operator.ProblemAsync("POST", Apply, Set("file:second", schedules, isDryRun: false), 409,
            "schedule.owned");
        var taken = await ApplyAsync(new { owner = "file:second", schedules, dry_run = false, take_over = true });
        Assert.Equal("owner", Assert.Single(taken.GetProperty("fields").EnumerateArray()).Text("field"));
    }
}
