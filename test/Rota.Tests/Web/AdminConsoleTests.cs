using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Rota.Access;
using Xunit;

namespace Rota.Tests.Web;

public sealed partial class AdminConsoleTests(WebHost host) : IClassFixture<WebHost>
{
    [Fact]
    public async Task A_job_is_enqueued_by_the_form_of_its_kind()
    {
        const string Page = "/console/kinds/test.say";

        var (status, place, _) = await host.Operator.SendFormAsync(
            Page, $"{Page}/enqueue", ("args.text", "by hand"), ("tags", "hand"), ("key", "by-hand"));
        var (refused, _, page) = await host.Operator.SendFormAsync(
            Page, $"{Page}/enqueue", ("args.text", "x"), ("args.fails", "perhaps"), ("delay", "1h"));

        Assert.Equal(303, status);
        var job = await host.EndOfAsync(long.Parse(place.Split('/')[^1]));
        Assert.Equal((JobState.Succeeded, "by-hand"), (job.State, job.Key));
        Assert.Equal(["hand"], job.Tags);
        Assert.Equal(400, refused);
        Assert.Contains("id=\"args.fails-wrong\"", page);
        Assert.Contains("name=\"delay\" type=\"text\" value=\"1h", page);
        var viewed = await host.Viewer.PageAsync(Page);
        Assert.DoesNotContain("Run now", viewed);
        Assert.Contains("""data-label="Field"><span class="mono">times""", viewed);
        Assert.Contains("test.say", await host.Viewer.PageAsync("/console/plugins"));
        Assert.Contains("Nothing on this node runs", await host.Operator.PageAsync("/console/kinds/unknown.kind"));
    }

    [Fact]
    public async Task A_secret_is_set_shown_with_what_uses_it_and_removed()
    {
        const string Page = "/console/secrets";
        await host.Operator.SendJsonAsync("PUT", "/api/v1/schedules/uses.one", new
        {
            trigger = new { every = "1h" },
            kind = "some.kind",
            args = new { header = "Bearer {{secret:shown.one}}" },
        }, 201);

        var set = await host.Admin.DoAsync(Page, Page, ("name", "shown.one"), ("value", "canary-11"));
        var (status, _, refused) = await host.Admin.SendFormAsync(Page, Page, ("name", "a b"), ("value", "canary-12"));

        Assert.Contains("shown.one", set);
        Assert.Contains(">uses.one</a>", set);
        Assert.Equal(400, status);
        Assert.Contains("id=\"name-wrong\"", refused);
        Assert.DoesNotContain("canary", set + refused + await host.Admin.PageAsync("/console/audit"));
        Assert.Contains("secrets.set", await host.Admin.PageAsync("/console/audit?target=shown.one"));
        Assert.DoesNotContain(">shown.one<", await host.Admin.DoAsync(Page, $"{Page}/shown.one/remove"));
    }

    [Fact]
    public async Task A_token_is_shown_once_and_works_until_it_is_removed()
    {
        const string Page = "/console/tokens";

        var (status, _, made) = await host.Admin.SendFormAsync(
            Page, Page, ("name", "shown"), ("role", "viewer"), ("expires_in", "1h"));
        var token = made.Split("id=\"new-token\">")[1].Split('<')[0];

        Assert.Equal(200, status);
        using var client = host.NewClient(token);
        await client.PageAsync("/console/schedules");
        await client.PageAsync("/console/secrets", 403);
        var list = await host.Admin.PageAsync(Page);
        Assert.Contains(">shown</span>", list);
        Assert.DoesNotContain(token, list);
        var (taken, _, again) = await host.Admin.SendFormAsync(Page, Page, ("name", "shown"), ("role", "viewer"));
        Assert.Equal(409, taken);
        Assert.Contains("There is a token 'shown' already.", again);
        Assert.Contains("tokens.create", await host.Admin.PageAsync("/console/audit?target=shown"));
        await host.Admin.DoAsync(Page, $"{Page}/shown/remove");
        using var refused = await client.GetAsync("/console/schedules");
        Assert.Equal(302, (int)refused.StatusCode);
    }

    [Fact]
    public async Task A_user_is_made_changed_and_removed_and_the_password_is_no_echo()
    {
        const string Page = "/console/users";
        await host.Admin.DoAsync(Page, Page, ("name", "root"), ("role", "admin"), ("password", "correct horse"));

        await host.Admin.DoAsync(Page, Page, ("name", "eve"), ("role", "viewer"), ("password", "canary long enough"));
        var (status, _, refused) = await host.Admin.SendFormAsync(
            Page, Page, ("name", "eve"), ("role", "operator"), ("password", "canary"));
        var changed = await host.Admin.DoAsync(Page, Page, ("name", "eve"), ("role", "operator"), ("password", ""));

        Assert.Equal(400, status);
        Assert.Contains("id=\"password-wrong\"", refused);
        Assert.DoesNotContain("canary", refused + changed);
        Assert.Equal(Role.Operator, Assert.Single(
            await host.Access.ListUsersAsync(TestContext.Current.CancellationToken), user => user.Name == "eve").Role);
        Assert.DoesNotContain(">eve<", await host.Admin.DoAsync(Page, $"{Page}/eve/remove"));
    }

    [Fact]
    public async Task A_queue_is_paused_and_resumed_by_operators()
    {
        var told = await host.Operator.SendFormAsync("/console/queues", "/console/queues/slow/pause");
        Assert.Equal((303, "/console/queues"), (told.Status, told.Place));
        await host.EnqueueAsync("some.kind", options: new { queue = "slow" });

        var shown = await host.Operator.PageAsync("/console/queues");
        Assert.Contains("action=\"/console/queues/slow/resume\"", shown);
        Assert.DoesNotContain("action=\"/console/queues", await host.Viewer.PageAsync("/console/queues"));
        Assert.Contains("rota queues resume slow", await host.Admin.PageAsync("/console/health"));
        await host.Operator.DoAsync("/console/queues", "/console/queues/slow/resume");
        Assert.Contains("action=\"/console/queues/slow/pause\"", await host.Operator.PageAsync("/console/queues"));
    }

    [Fact]
    public async Task A_queue_is_limited_by_operators_and_a_wrong_limit_is_told_beside_its_field()
    {
        const string Page = "/console/queues";
        var shown = await host.Operator.DoAsync(Page, $"{Page}/limit", ("name", "thin"), ("max_running", "2"));
        Assert.Contains("of at most 2", shown);

        var (status, _, refused) = await host.Operator.SendFormAsync(
            Page, $"{Page}/limit", ("name", "thin"), ("max_running", "0"));
        Assert.Equal(400, status);
        Assert.Contains("id=\"max_running-wrong\"", refused);
        Assert.Contains("value=\"2\"", await host.Operator.PageAsync($"{Page}?name=thin"));
        Assert.DoesNotContain("Limit a queue", await host.Viewer.PageAsync(Page));
        Assert.DoesNotContain("of at most", await host.Operator.DoAsync(
            Page, $"{Page}/limit", ("name", "thin"), ("max_running", "")));
    }

    [Fact]
    public async Task A_node_is_drained_and_resumed_by_operators()
    {
        var (page, action) = ("/console/nodes", $"/console/nodes/{Uri.EscapeDataString(Environment.MachineName)}");
        await host.EndOfAsync(await host.EnqueueAsync("test.say", new { text = "the node beats before it claims" }));

        var drained = await host.Operator.DoAsync(page, $"{action}/drain");

        Assert.Contains("</svg>drained", drained);
        Assert.Contains($"action=\"{action}/resume\"", drained);
        Assert.DoesNotContain($"action=\"{action}", await host.Viewer.PageAsync(page));
        Assert.Contains("Every node is drained", await host.Viewer.PageAsync("/console"));
        Assert.Contains("</svg>alive", await host.Operator.DoAsync(page, $"{action}/resume"));
        Assert.Contains("nodes.drain", await host.Admin.PageAsync("/console/audit?action=nodes.drain"));
    }

    [Fact]
    public async Task The_audit_shows_what_a_change_was_before_and_after()
    {
        const string Page = "/console/users";
        await host.Admin.DoAsync(Page, Page, ("name", "boss"), ("role", "admin"), ("password", "correct horse"));
        await host.Admin.DoAsync(Page, Page, ("name", "ann"), ("role", "viewer"), ("password", "canary long enough"));
        await host.Admin.DoAsync(Page, Page, ("name", "ann"), ("role", "operator"), ("password", ""));

        var audit = await host.Admin.PageAsync("/console/audit?target=ann");

        Assert.Contains("role: <del>\"viewer\"</del> <ins>\"operator\"</ins>", Spaces().Replace(audit, " "));
        Assert.Contains("password: <del></del> <ins>\"********\"</ins>", Spaces().Replace(audit, " "));
        Assert.DoesNotContain("canary", audit);
        await host.Admin.DoAsync(Page, $"{Page}/ann/remove");
        await host.Admin.SendFormAsync(Page, $"{Page}/boss/remove");
    }

    [GeneratedRegex("\\s+", RegexOptions.None, 1_000)]
    private static partial Regex Spaces();

    [Fact]
    public async Task A_webhook_is_made_tested_and_removed()
    {
        const string Page = "/console/webhooks";
        await host.EnqueueAsync("test.say", new { text = "something to tell of" });

        await host.Admin.DoAsync(Page, Page, ("name", "chat"), ("url", "https://chat.example/hook"),
            ("types", "job.failed"), ("types", "job.succeeded"));
        var (status, _, refused) = await host.Admin.SendFormAsync(
            Page, Page, ("name", "chat"), ("url", "ftp://x"), ("types", "job.failed"));

        Assert.Contains("job.failed, job.succeeded", await host.Admin.PageAsync(Page));
        Assert.Equal(400, status);
        Assert.Contains("id=\"url-wrong\"", refused);
        Assert.Contains("value=\"job.failed\" checked", refused);
        Assert.DoesNotContain(">chat<", await host.Admin.DoAsync(Page, $"{Page}/chat/remove"));
    }

    [Fact]
    public async Task The_audit_is_searched_page_by_page()
    {
        var audit = host.App.Services.GetRequiredService<AuditOperations>();
        var stop = TestContext.Current.CancellationToken;
        for (var number = 0; number < 5; number++)
            await audit.AddAsync("seeker", number % 2 == 0 ? "test.even" : "test.odd", $"t{number}", null, null, stop);

        var first = await audit.SearchAsync(new AuditSearch("SEEK", "even"), before: null, limit: 2, stop);
        var second = await audit.SearchAsync(new AuditSearch("SEEK", "even"), first.Next, limit: 2, stop);
        var page = await host.Admin.PageAsync("/console/audit?actor=seeker&action=test.odd");

        Assert.Equal(["t4", "t2"], first.Entries.Select(entry => entry.Target));
        Assert.Equal(["t0"], second.Entries.Select(entry => entry.Target));
        Assert.Null(second.Next);
        Assert.Contains(">t3</a>", page);
        Assert.DoesNotContain(">t2</a>", page);
    }

    [Theory]
    [InlineData("schedules")]
    [InlineData("queues")]
    [InlineData("plugins")]
    [InlineData("nodes")]
    public async Task Everybody_may_look(string page) => await host.Viewer.PageAsync($"/console/{page}");

    [Theory]
    [InlineData("secrets")]
    [InlineData("webhooks")]
    [InlineData("users")]
    [InlineData("tokens")]
    [InlineData("audit")]
    [InlineData("health")]
    public async Task Only_admins_are_led_to_what_is_theirs(string page)
    {
        var link = $"href=\"/console/{page}\"";

        Assert.Contains(link, await host.Admin.PageAsync($"/console/{page}"));
        Assert.DoesNotContain(link, await host.Operator.PageAsync("/console/schedules"));
        await host.Operator.PageAsync($"/console/{page}", 403);
    }
}
