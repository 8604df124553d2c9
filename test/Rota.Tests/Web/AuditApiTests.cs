using System.Text.Json;
using Xunit;

namespace Rota.Tests.Web;

/// <summary>What the audit keeps of a change: what the thing was before, and what it became.</summary>
public sealed class AuditApiTests(WebHost host) : IClassFixture<WebHost>
{
    /// <summary>The changes of the newest entry, each as <c>field before after</c>.</summary>
    private async Task<string> ChangesAsync(string action, string target)
    {
        var page = await host.Admin.GetJsonAsync("/api/v1/audit?limit=1000");
        var entry = page.Items().First(row => row.Text("action") == action && row.Text("target") == target);
        return entry.TryGetProperty("changes", out var changes)
            ? string.Join("; ", changes.EnumerateArray().Select(Line))
            : "none";
    }

    private static string Line(JsonElement change) =>
        $"{change.Text("field")} {Value(change, "before")} {Value(change, "after")}";

    private static string Value(JsonElement change, string name) =>
        change.TryGetProperty(name, out var value) ? value.GetRawText() : "-";

    private Task<JsonElement> SendAsync(string method, string path, object? body, int status) =>
        host.Admin.SendJsonAsync(method, $"/api/v1/{path}", body, status);

    [Fact]
    public async Task Of_a_schedule_the_fields_that_differ_are_kept_and_its_secrets_are_masked()
    {
        var every = new { every = "1h", anchor = "2026-01-01T00:00:00Z" };
        await SendAsync("PUT", "schedules/s", new
        {
            trigger = every,
            kind = "test.say",
            args = new { text = "old", api_token = "canary-1" },
            secrets = new { pin = "canary-2" },
        }, 201);
        await SendAsync("PUT", "schedules/s", new
        {
            trigger = every,
            kind = "test.say",
            args = new { text = "new", api_token = "canary-3" },
            secrets = new { pin = "canary-4" },
        }, 200);

        Assert.Equal("""args.text "old" "new"; args.api_token "********" "********"; secrets "********" "********" """,
            await ChangesAsync("schedules.put", "s") + " ");
        await SendAsync("POST", "schedules/s/pause", null, 200);
        Assert.Equal("is_paused false true", await ChangesAsync("schedules.pause", "s"));
        await SendAsync("POST", "schedules/s/pause", null, 200);
        Assert.Equal("none", await ChangesAsync("schedules.pause", "s"));
        await SendAsync("DELETE", "schedules/s", null, 204);
        Assert.Contains("kind \"test.say\" -", await ChangesAsync("schedules.remove", "s"));
        Assert.DoesNotContain("canary", (await host.Admin.GetJsonAsync("/api/v1/audit?limit=1000")).GetRawText());
    }

    [Fact]
    public async Task Of_many_schedules_at_once_each_is_named()
    {
        var rule = new { trigger = new { every = "1h" }, kind = "some.kind", args = new { n = 1 } };
        var other = rule with { args = new { n = 2 } };
        await ApplyAsync(new { x = rule, y = rule });
        await ApplyAsync(new { x = other });

        Assert.Equal("x.args.n 1 2; y - \"removed\"", await ChangesAsync("schedules.apply", "file:audit"));
        await SendAsync("PUT", "schedules/tagged",
            new { rule.trigger, rule.kind, options = new { tags = new[] { "audited" } } }, 201);
        await SendAsync("POST", "schedules/pause", new { tag = "audited" }, 200);
        Assert.Equal("tagged.is_paused false true", await ChangesAsync("schedules.pause_all", ""));
        await SendAsync("POST", "schedules/resume", new { tag = "audited" }, 200);
        Assert.Equal("tagged.is_paused true false", await ChangesAsync("schedules.resume_all", ""));

        Task<JsonElement> ApplyAsync(object schedules) => SendAsync(
            "POST", "schedules/apply", new { owner = "file:audit", schedules, prune = true, dry_run = false }, 200);
    }

    [Fact]
    public async Task Of_many_jobs_at_once_the_audit_says_which_they_were_and_what_became_of_them()
    {
        object Later(string tag) => new { delay = "1h", tags = new[] { tag }, max_attempts = 1 };
        var say = new { text = "a" };
        var first = await host.EnqueueAsync("test.say", say, Later("many"));
        var second = await host.EnqueueAsync("test.say", say, Later("many"));
        await SendAsync("POST", "jobs/bulk", Bulk("cancel", isDry: true), 200);
        Assert.Equal("none", await ChangesAsync("jobs.bulk", ""));

        await SendAsync("POST", "jobs/bulk", Bulk("cancel"), 200);
        Assert.Equal($"jobs {first}-{second} \"scheduled\" \"canceled\"", await ChangesAsync("jobs.bulk", ""));
        await SendAsync("POST", "jobs/bulk", Bulk("retry"), 200);
        var retried = (await host.Admin.GetJsonAsync("/api/v1/jobs?tag=many&limit=2")).Items()
            .Select(job => job.GetProperty("id").GetInt64()).Order().ToList();

        Assert.Equal($"jobs {first}-{second} \"canceled\" \"retried as {retried[0]}-{retried[1]}\"",
            await ChangesAsync("jobs.bulk", ""));

        static object Bulk(string action, bool isDry = false) =>
            new { action, filter = new { tag = "many" }, dry_run = isDry };
    }

    [Fact]
    public async Task Of_a_long_change_only_the_fields_are_named()
    {
        var args = new { text = new string('x', 9_000) };
        await SendAsync("PUT", "schedules/long", new { trigger = new { every = "1h" }, kind = "test.say", args }, 201);

        var changes = await ChangesAsync("schedules.put", "long");

        Assert.Contains("args - -", changes);
        Assert.DoesNotContain("xxx", changes);
    }

    [Fact]
    public async Task Of_queues_nodes_users_tokens_and_webhooks_the_state_is_kept()
    {
        await host.EndOfAsync(await host.EnqueueAsync("test.say", new { text = "the node beats before it claims" }));
        await SendAsync("POST", "queues/q/pause", null, 204);
        await SendAsync("POST", "queues/q/resume", null, 204);
        await SendAsync("PUT", "queues/q/limit", new { max_running = 3 }, 204);
        await SendAsync("POST", $"nodes/{Environment.MachineName}/drain", null, 204);
        await SendAsync("POST", $"nodes/{Environment.MachineName}/resume", null, 204);
        await SendAsync("PUT", "users/root", new { role = "admin", password = "long enough" }, 201);
        await SendAsync("PUT", "users/root", new { role = "admin", password = "canary enough" }, 200);
        await SendAsync("POST", "tokens", new { name = "robot", role = "viewer" }, 201);
        await SendAsync("DELETE", "tokens/robot", null, 204);
        await SendAsync("PUT", "secrets/key", new { value = "canary-5" }, 204);
        await SendAsync("PUT", "webhooks/chat", new { url = "https://chat.example/canary" }, 201);
        await SendAsync("PUT", "webhooks/chat", new { url = "https://talk.example/canary-6" }, 200);

        await SendAsync("PUT", "webhooks/talk", new
        {
            url = "{{secret:address}}/canary-7",
            headers = new Dictionary<string, string> { ["X-Key"] = "canary-8" },
        }, 201);
        await SendAsync("DELETE", "webhooks/chat", null, 204);

        Assert.Equal("is_paused false true", await ChangesAsync("queues.pause", "q"));
        Assert.Equal("is_paused true false", await ChangesAsync("queues.resume", "q"));
        Assert.Equal("max_running null 3", await ChangesAsync("queues.limit", "q"));
        Assert.Equal("is_drained false true", await ChangesAsync("nodes.drain", Environment.MachineName));
        Assert.Equal("is_drained true false", await ChangesAsync("nodes.resume", Environment.MachineName));
        Assert.Equal("password \"********\" \"********\"", await ChangesAsync("users.put", "root"));
        Assert.Equal("role - \"viewer\"; expires_at - null", await ChangesAsync("tokens.create", "robot"));
        Assert.Equal("role \"viewer\" -; expires_at null -", await ChangesAsync("tokens.remove", "robot"));
        Assert.Equal("secret - \"********\"", await ChangesAsync("secrets.set", "key"));
        Assert.Equal("host \"https://chat.example\" \"https://talk.example\"; "
            + "secret_path \"********\" \"********\"", await ChangesAsync("webhooks.put", "chat"));
        Assert.Contains("{{secret:address}}", await ChangesAsync("webhooks.put", "talk"));
        Assert.DoesNotContain("canary", (await host.Admin.GetJsonAsync("/api/v1/audit?limit=1000")).GetRawText());
    }

    [Fact]
    public async Task Of_jobs_the_move_is_kept_and_of_a_retry_the_new_job()
    {
        var id = await host.EnqueueAsync("later.kind", options: new { run_at = "2030-01-01T00:00:00Z" });
        await SendAsync("POST", $"jobs/{id}/cancel", null, 200);

        Assert.Equal("state \"scheduled\" \"canceled\"", await ChangesAsync("jobs.cancel", $"{id}"));
        var again = await SendAsync("POST", $"jobs/{id}/retry", null, 200);
        Assert.StartsWith($"id {id} {again.GetProperty("id")}; state \"canceled\"",
            await ChangesAsync("jobs.retry", $"{id}"));
        var (status, place, _) = await host.Operator.SendFormAsync(
            $"/console/jobs/{id}", $"/console/jobs/{id}/edit", ("args", """{"edited":true}"""));
        Assert.Equal(303, status);
        Assert.StartsWith($"id {id} {place.Split('/')[^1]}; state", await ChangesAsync("jobs.retry", $"{id}"));
        Assert.EndsWith("args.edited - true", await ChangesAsync("jobs.retry", $"{id}"));
    }
}
