using System.Text.Json;
using Xunit;

namespace Rota.Tests.Web;

public sealed class AdminApiTests(WebHost host) : IClassFixture<WebHost>
{
    [Fact]
    public async Task A_queue_is_paused_shown_and_resumed()
    {
        await host.Operator.SendJsonAsync("POST", "/api/v1/queues/held/pause", null, 204);
        var id = await host.EnqueueAsync("some.kind", options: new { queue = "held" });

        var queue = Assert.Single((await host.Viewer.GetJsonAsync("/api/v1/queues")).Items(),
            item => item.Text("name") == "held");
        Assert.True(queue.GetProperty("is_paused").GetBoolean());
        Assert.Equal(1, queue.GetProperty("queued").GetInt64());
        Assert.NotNull(queue.Text("oldest_at"));
        Assert.Contains("paused", (await host.Viewer.GetJsonAsync($"/api/v1/jobs/{id}")).Text("why"));
        var finding = Assert.Single((await host.Admin.GetJsonAsync("/api/v1/doctor")).Items(),
            item => item.Text("name") == "queues");
        Assert.Equal("warn", finding.Text("state"));

        await host.Operator.SendJsonAsync("POST", "/api/v1/queues/held/resume", null, 204);
        Assert.Equal("rejected", (await host.EndOfAsync(id)).Reason.ToString().ToLowerInvariant());
        await host.Operator.ProblemAsync("POST", "/api/v1/queues/a%20b/pause", null, 400, "request.invalid", "name");
    }

    [Fact]
    public async Task A_queue_is_limited_and_its_limit_is_lifted()
    {
        await host.Operator.SendJsonAsync("PUT", "/api/v1/queues/narrow/limit", new { max_running = 3 }, 204);
        Assert.Equal(3, await LimitAsync());
        await host.Operator.SendJsonAsync("POST", "/api/v1/queues/narrow/pause", null, 204);
        Assert.Equal(3, await LimitAsync());
        await host.Operator.SendJsonAsync("PUT", "/api/v1/queues/narrow/limit", new { max_running = (int?)null }, 204);
        Assert.Null(await LimitAsync());

        foreach (var max in (int[])[0, -1, 100_001])
        {
            await host.Operator.ProblemAsync("PUT", "/api/v1/queues/narrow/limit", new { max_running = max }, 400,
                "request.invalid", "max_running");
        }
        await host.Operator.ProblemAsync(
            "PUT", "/api/v1/queues/narrow/limit", new { }, 400, "request.invalid", "max_running");
        await host.Viewer.ProblemAsync(
            "PUT", "/api/v1/queues/narrow/limit", new { max_running = 3 }, 403, "auth.forbidden");

        async Task<int?> LimitAsync()
        {
            var queues = (await host.Viewer.GetJsonAsync("/api/v1/queues")).Items();
            return queues.First(item => item.Text("name") == "narrow").TryGetProperty("max_running", out var max)
                ? max.GetInt32() : null;
        }
    }

    [Fact]
    public async Task Nodes_kinds_plugins_and_findings_are_listed()
    {
        await host.EndOfAsync(await host.EnqueueAsync("test.say", new { text = "the node beats before it claims" }));

        var node = Assert.Single((await host.Viewer.GetJsonAsync("/api/v1/nodes")).Items());
        var kind = Assert.Single((await host.Viewer.GetJsonAsync("/api/v1/kinds")).Items(),
            item => item.Text("kind") != "batch");
        var findings = (await host.Admin.GetJsonAsync("/api/v1/doctor")).Items().Select(item => item.Text("name"));

        Assert.Equal(16, node.GetProperty("slots").GetInt32());
        Assert.InRange(node.GetProperty("lag_ms").GetInt64(), 0, 20_000);
        Assert.Equal((Environment.MachineName, Environment.ProcessId),
            (node.Text("host"), node.GetProperty("pid").GetInt32()));
        Assert.False(node.TryGetProperty("clock_offset_ms", out _));
        Assert.Equal("test.say", kind.Text("kind"));
        Assert.Equal(
            ["text string True", "times integer False", "gate string False", "fails boolean False",
                "apiToken string False"],
            kind.GetProperty("fields").EnumerateArray().Select(field =>
                $"{field.Text("name")} {field.Text("type")} {field.GetProperty("is_required").GetBoolean()}"));
        Assert.Equal(["database", "key_file", "workers", "nodes", "queues"], findings);
        Assert.Empty((await host.Viewer.GetJsonAsync("/api/v1/plugins")).Items());
    }

    [Fact]
    public async Task A_secret_is_set_listed_without_its_value_rotated_and_removed()
    {
        await host.Admin.SendJsonAsync("PUT", "/api/v1/secrets/github", new { value = "canary-7" }, 204);
        var list = await host.Admin.GetJsonAsync("/api/v1/secrets");
        var rotation = await host.Admin.SendJsonAsync("POST", "/api/v1/secrets/rotate", new { add_key = true }, 200);

        Assert.DoesNotContain("canary-7", list.GetRawText());
        Assert.Equal("""{"total":1,"done":1,"unreadable":[]}""", rotation.GetRawText());
        await host.Admin.SendJsonAsync("DELETE", "/api/v1/secrets/github", null, 204);
        await host.Admin.ProblemAsync("DELETE", "/api/v1/secrets/github", null, 404, "secret.not_found");
        Assert.DoesNotContain("canary-7", (await host.Admin.GetJsonAsync("/api/v1/audit?limit=1000")).GetRawText());
    }

    [Fact]
    public async Task A_change_is_in_the_audit_with_who_and_what_masked()
    {
        var id = await host.EnqueueAsync("audit.me", new { password = "canary-8" },
            new { run_at = "2030-01-01T00:00:00Z" });
        await host.Operator.SendJsonAsync("POST", $"/api/v1/jobs/{id}/cancel", new { reason = "why not" }, 200);

        var page = await host.Admin.GetJsonAsync("/api/v1/audit?limit=1000");
        var cancel = Assert.Single(page.Items(), row => row.Text("action") == "jobs.cancel"
            && row.Text("target") == $"{id}");
        var enqueue = Assert.Single(page.Items(), row => row.Text("action") == "jobs.enqueue"
            && row.Text("target") == $"{id}");

        Assert.Equal("token:of.Operator", cancel.Text("actor"));
        Assert.Equal("""{"reason":"why not"}""", cancel.GetProperty("detail").GetRawText());
        Assert.Equal("********", enqueue.GetProperty("detail").GetProperty("args").Text("password"));
        var first = await host.Admin.GetJsonAsync("/api/v1/audit?limit=1");
        var second = await host.Admin.GetJsonAsync($"/api/v1/audit?limit=1&before={first.Text("next")}");
        Assert.True(IdOf(second) < IdOf(first));

        static long IdOf(JsonElement page) => page.Items().Single().GetProperty("id").GetInt64();
    }

    [Fact]
    public async Task A_schedule_is_put_read_paused_run_and_removed()
    {
        const string Nightly = "/api/v1/schedules/nightly";
        var body = new
        {
            trigger = new { cron = "0 9 * * 1-5", zone = "Europe/Berlin" },
            handler_path = "test:Say",
            args = new { text = "hi" },
            options = new { timeout = "90s" },
            secrets = new { pin = "canary-9" },
        };
        var made = await host.Operator.SendJsonAsync("PUT", Nightly, body, 201);

        Assert.Equal("test.say", made.Text("kind"));
        Assert.Equal("""{"cron":"0 9 * * 1-5","zone":"Europe/Berlin"}""", made.GetProperty("trigger").GetRawText());
        Assert.Equal("1m30s", made.GetProperty("options").Text("timeout"));
        Assert.True(made.GetProperty("has_secrets").GetBoolean());
        Assert.Equal("run_once", made.Text("misfire"));
        Assert.NotNull(made.Text("next_due"));
        await host.Operator.SendJsonAsync("PUT", Nightly, new { body.trigger, kind = "test.say", body.args }, 200);
        Assert.True((await host.Viewer.GetJsonAsync(Nightly)).GetProperty("has_secrets").GetBoolean());
        var paused = await host.Operator.SendJsonAsync("POST", $"{Nightly}/pause", null, 200);
        var resumed = await host.Operator.SendJsonAsync("POST", $"{Nightly}/resume", null, 200);
        Assert.True(paused.GetProperty("is_paused").GetBoolean());
        Assert.False(resumed.GetProperty("is_paused").GetBoolean());
        var run = await host.Operator.SendJsonAsync("POST", $"{Nightly}/run", null, 200);
        Assert.Equal("nightly", (await host.EndOfAsync(run.GetProperty("id").GetInt64())).Schedule);
        Assert.Empty((await host.Viewer.GetJsonAsync($"{Nightly}/occurrences")).Items());
        Assert.Single((await host.Viewer.GetJsonAsync("/api/v1/schedules")).Items());
        Assert.DoesNotContain("canary-9", (await host.Admin.GetJsonAsync("/api/v1/audit?limit=1000")).GetRawText());
        await host.Operator.SendJsonAsync("DELETE", Nightly, null, 204);
        await host.Viewer.ProblemAsync("GET", Nightly, null, 404, "schedule.not_found");
    }

    [Fact]
    public async Task Changes_of_a_schedule_are_versions_that_can_be_restored()
    {
        const string Path = "/api/v1/schedules/versioned";
        var body = new { trigger = new { every = "1h" }, kind = "test.say", args = new { api_token = "canary-3" } };
        await host.Operator.SendJsonAsync("PUT", Path, body, 201);
        await host.Operator.ProblemAsync("PUT", Path,
            new { body.trigger, body.kind, on_conflict = "fail" }, 409, "schedule.exists");
        await host.Operator.ProblemAsync("PUT", Path,
            new { body.trigger, body.kind, if_version = 9 }, 409, "schedule.changed");
        await host.Operator.SendJsonAsync("PUT", Path,
            new { trigger = new { every = "2h" }, body.kind, owner = "file:a.yaml", max_running = 1 }, 200);
        await host.Operator.ProblemAsync("PUT", Path, body, 409, "schedule.owned");
        await host.Operator.ProblemAsync("DELETE", Path, null, 409, "schedule.owned");
        await host.Operator.SendJsonAsync("DELETE", $"{Path}?take_over=true", null, 204);

        var versions = await host.Viewer.GetJsonAsync($"{Path}/versions");
        Assert.Equal(["removed", "changed", "made"], versions.Items().Select(one => one.Text("change")));
        Assert.All(versions.Items(), one => Assert.NotEmpty(one.Text("actor")!));
        Assert.DoesNotContain("canary-3", versions.GetRawText());
        var restored = await host.Operator.SendJsonAsync("POST", $"{Path}/restore", new { version = 1 }, 200);
        Assert.Equal((4, "Every 1h"), (restored.GetProperty("version").GetInt32(),
            restored.Text("description")![..8]));
        await host.Viewer.ProblemAsync("POST", $"{Path}/restore", new { version = 1 }, 403, "auth.forbidden");
        await host.Operator.SendJsonAsync("DELETE", Path, null, 204);
    }

    [Fact]
    public async Task Selections_and_back_fills_must_say_what_they_mean()
    {
        await host.Operator.ProblemAsync("POST", "/api/v1/schedules/pause", new { }, 400, "request.invalid", "tag");
        await host.Operator.ProblemAsync("POST", "/api/v1/schedules/resume",
            new { tag = "a", all = true }, 400, "request.invalid", "tag");
        var none = await host.Operator.SendJsonAsync("POST", "/api/v1/schedules/pause", new { tag = "nobody" }, 200);
        Assert.Equal(0, none.GetProperty("names").GetArrayLength());
        await host.Operator.ProblemAsync("POST", "/api/v1/schedules/nobody/backfill",
            new { from = "2026-01-01T00:00:00Z" }, 404, "schedule.not_found");
        await host.Operator.ProblemAsync("GET", "/api/v1/schedules/nobody/versions", null, 404, "schedule.not_found");
    }

    [Fact]
    public async Task A_trigger_is_previewed_or_refused_with_its_field()
    {
        var preview = await host.Viewer.SendJsonAsync("POST", "/api/v1/schedules/preview",
            new { trigger = new { every = "15m", anchor = "2026-01-01T00:00:00Z" }, count = 3 }, 200);

        Assert.Equal(3, preview.GetProperty("next").GetArrayLength());
        Assert.StartsWith("Every 15m", preview.Text("description"));
        var early = await host.Viewer.SendJsonAsync("POST", "/api/v1/schedules/preview", new
        {
            trigger = new { cron = "30 2 * * *", zone = "Europe/Berlin", start = "2055-03-27T12:00:00Z" },
            count = 2,
        }, 200);
        Assert.Equal("What the clock skips runs right after the gap, what it repeats runs the first time.",
            early.Text("clock_changes"));
        var run = early.GetProperty("next")[0];
        Assert.Equal(("2055-03-28T03:00:00+02:00",
                "02:30 does not exist on 2055-03-28 in Europe/Berlin: runs at 03:00"),
            (run.Text("local"), run.Text("note")));
        var monthly = new
        {
            calendar = "1 month",
            from = "2055-02-28",
            time = "02:30",
            zone = "Europe/Berlin",
            start = "2055-03-27T12:00:00Z",
        };
        var any = await host.Viewer.SendJsonAsync("POST", "/api/v1/schedules/preview",
            new { trigger = new { any = new object[] { monthly, new { once = "2055-03-28T00:00:00Z" } } } }, 200);
        Assert.Equal([null, run.Text("note")],
            any.GetProperty("next").EnumerateArray().Take(2).Select(next => next.Text("note")));
        Assert.Equal(run.Text("local"), any.GetProperty("next")[1].Text("local"));
        Assert.Equal(early.Text("clock_changes"), any.Text("clock_changes"));
        await host.Viewer.ProblemAsync("POST", "/api/v1/schedules/preview",
            new { trigger = new { cron = "61 * * * *" } }, 400, "request.invalid", "cron");
        await host.Operator.ProblemAsync("PUT", "/api/v1/schedules/s",
            new { trigger = new { every = "1h" } }, 400, "request.invalid", "kind");
    }

    [Fact]
    public async Task A_cron_expression_is_explained_as_the_command_line_does()
    {
        using var run = new Commands.CommandRun();
        const string After = "2026-03-28T12:00:00Z";

        var answer = await host.Viewer.GetJsonAsync("/api/v1/cron/explain?cron=H+2+*+*+1-5&zone=Europe/Berlin&gap=skip"
            + $"&spread=nightly&count=2&to=quartz&after={After}");
        await run.RunAsync("cron", "explain", "H 2 * * 1-5", "--zone", "Europe/Berlin", "--gap", "skip",
            "--spread", "nightly", "-n", "2", "--to", "quartz", "--after", After, "--json");

        Assert.Equal("At 02:31, Monday to Friday (Europe/Berlin)", answer.Text("description"));
        Assert.Equal("0 31 2 ? * MON-FRI", answer.GetProperty("converted").Text("cron"));
        Assert.Equal(2, answer.GetProperty("next").GetArrayLength());
        Assert.Equal(answer.GetRawText(), run.Output.TrimEnd());
    }

    [Theory]
    [InlineData("cron=61+*+*+*+*", "cron")]
    [InlineData("cron=@daily&dialect=vixie", "dialect")]
    [InlineData("cron=@daily&zone=Berlin", "zone")]
    [InlineData("cron=@daily&count=101", "count")]
    [InlineData("cron=@daily&after=tomorrow", "after")]
    [InlineData("cron=0+0+LW+*+*&to=apscheduler", "to")]
    public async Task What_cannot_be_explained_names_its_field(string query, string field) => await host.Viewer
        .ProblemAsync("GET", $"/api/v1/cron/explain?{query}", null, 400, "request.invalid", field);

    [Fact]
    public async Task A_bug_is_told_by_its_reference_only()
    {
        var problem = await host.Viewer.ProblemAsync("GET", "/broken", null, 500, "server.error");
        Assert.NotEmpty(problem.Text("reference")!);
        Assert.DoesNotContain("inner secret", problem.GetRawText());
    }
}
