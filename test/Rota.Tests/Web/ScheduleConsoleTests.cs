using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Web;

public sealed class ScheduleConsoleTests(WebHost host) : IClassFixture<WebHost>
{
    private const string New = "/console/schedules/-/new";

    private ScheduleOperations Schedules => host.App.Services.GetRequiredService<ScheduleOperations>();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static (string, string)[] Fields(string name, params (string, string)[] more) =>
    [
        ("name", name), ("when", "cron"), ("cron", "30 2 * * 1-5"), ("zone", "Europe/Berlin"), ("kind", "test.say"),
        ("args.text", "hi"), .. more,
    ];

    [Fact]
    public async Task A_schedule_is_made_by_a_form_and_its_secrets_are_never_shown()
    {
        var page = await host.Operator.DoAsync(New, New, Fields("made", ("args.times", "3"),
            ("args.apiToken", "canary-1"), ("secret_name_1", "pin"), ("secret_value_1", "canary-2"),
            ("options.tags", "night, etl"), ("options.timeout", "90s"), ("max_running", "2"), ("when_full", "queue")));

        var made = await Schedules.GetAsync("made", Stop);
        Assert.Equal("""{"text":"hi","times":3,"apiToken":"canary-1"}""", Encoding.UTF8.GetString(made.Args.Span));
        Assert.Equal("""{"cron":"30 2 * * 1-5","zone":"Europe/Berlin"}""", made.TriggerText);
        Assert.Equal(["night", "etl"], made.Options.Tags!);
        Assert.Equal(TimeSpan.FromSeconds(90), made.Options.Timeout);
        Assert.Equal((2, WhenFull.Queue), (made.Policy.MaxRunning, made.Policy.WhenFull));
        Assert.Equal(["pin"], await Schedules.SecretNamesAsync("made", Stop));
        Assert.Contains("At 02:30, Monday to Friday (Europe/Berlin)", page);
        var edit = await host.Operator.PageAsync("/console/schedules/made/edit");
        Assert.Contains("""value="30 2 * * 1-5""", edit);
        Assert.Contains("secrets.pin", edit);
        Assert.DoesNotContain("canary", page + edit);
        Assert.Contains("schedules.put", await host.Admin.PageAsync("/console/audit?target=made"));
        Assert.DoesNotContain("canary", await host.Admin.PageAsync("/console/audit"));
    }

    [Fact]
    public async Task A_change_keeps_replaces_and_removes_secrets_as_the_form_says()
    {
        await host.Operator.DoAsync(New, New, Fields("kept", ("args.apiToken", "canary-3"),
            ("secret_name_1", "a"), ("secret_value_1", "1"), ("secret_name_2", "b"), ("secret_value_2", "2")));

        await host.Operator.DoAsync("/console/schedules/kept/edit", "/console/schedules/kept/edit", Fields("kept",
            ("args.text", "changed"), ("version", "1"), ("secrets.a", ""), ("secrets_remove.b", "on"),
            ("secret_name_1", "c"), ("secret_value_1", "3"))[1..]);

        var kept = await Schedules.GetAsync("kept", Stop);
        Assert.Contains("canary-3", Encoding.UTF8.GetString(kept.Args.Span));
        Assert.Equal(new Dictionary<string, string> { ["a"] = "1", ["c"] = "3" },
            await Schedules.ChangedSecretsAsync("kept", new Dictionary<string, string?>(), Stop));
        var (status, _, page) = await host.Operator.SendFormAsync("/console/schedules/kept/edit",
            "/console/schedules/kept/edit", Fields("kept", ("version", "1"))[1..]);
        Assert.Equal(409, status);
        Assert.Contains("is version 2 by now", page);
    }

    [Theory]
    [InlineData("args.times", "many", "'many' is no whole number.")]
    [InlineData("cron", "61 * * * *", "61 * * * *\n^")]
    [InlineData("zone", "Europe/Berln", "Europe/Berlin")]
    [InlineData("name", "no name", "has ' ' at 3")]
    [InlineData("options.priority", "high", "'high' is no whole number.")]
    [InlineData("options.timeout", "soon", "soon")]
    [InlineData("misfire_grace", "0s", "Write 1s to 366d.")]
    [InlineData("secret_name_1", "alone", "The secret alone has no value.")]
    public async Task A_refused_form_says_why_at_the_field_and_keeps_what_was_sent(
        string field, string value, string why)
    {
        var fields = Fields("refused").Where(one => one.Item1 != field);

        var (status, _, page) = await host.Operator.SendFormAsync(New, New, [.. fields, (field, value)]);

        Assert.Equal(400, status);
        var at = field == "secret_name_1" ? "secret_value_1" : field;
        Assert.Contains($"""id="{at}-wrong""", page);
        Assert.Contains(why, page);
        Assert.Contains($"value=\"{value}\"", page);
        Assert.Contains("""name="args.text" type="text" value="hi""", page);
    }

    [Fact]
    public async Task Without_script_the_form_is_shown_again_with_the_fields_of_the_kind_and_nothing_is_made()
    {
        var (_, _, page) = await host.Operator.SendFormAsync(New, New,
            ("name", "looked"), ("when", "every"), ("every", "15m"), ("kind", "test.say"), ("look", "1"));

        Assert.Contains("Every 15m from", page);
        Assert.Contains("""name="args.text""", page);
        Assert.Contains("""value="looked""", page);
        Assert.DoesNotContain("role=\"alert\"", page);
        await host.Viewer.PageAsync("/console/schedules/looked", 404);
    }

    [Fact]
    public async Task It_is_paused_resumed_run_removed_and_brought_back()
    {
        const string Page = "/console/schedules/steered";
        await host.Operator.DoAsync(New, New, Fields("steered"));

        await host.Operator.DoAsync(Page, $"{Page}/pause");
        Assert.True((await Schedules.GetAsync("steered", Stop)).IsPaused);
        await host.Operator.DoAsync(Page, $"{Page}/resume");
        Assert.False((await Schedules.GetAsync("steered", Stop)).IsPaused);
        var (_, place, _) = await host.Operator.SendFormAsync(Page, $"{Page}/run");
        Assert.Equal("steered", (await host.EndOfAsync(long.Parse(place.Split('/')[^1]))).Schedule);
        await host.Operator.DoAsync(Page, $"{Page}/remove");
        Assert.Contains("It was removed", await host.Viewer.PageAsync(Page));
        await host.Operator.DoAsync(Page, $"{Page}/restore?version=4");
        Assert.Equal("test.say", (await Schedules.GetAsync("steered", Stop)).Kind);
        Assert.Contains("resumed", await host.Viewer.PageAsync(Page));
    }

    [Fact]
    public async Task The_toast_of_a_removal_offers_to_undo_it()
    {
        await host.Operator.DoAsync(New, New, Fields("undone"));
        using var client = host.NewClient(token: null);
        client.DefaultRequestHeaders.Authorization = host.Operator.DefaultRequestHeaders.Authorization;
        var toast = new Rota.Web.Console.Toast(IsError: false, "undone is removed.",
            Undo: "/console/schedules/undone/restore?version=2");
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        toast.Write(http);
        client.DefaultRequestHeaders.Add("Cookie", http.Response.Headers.SetCookie.ToString().Split(';')[0]);

        var page = await client.PageAsync("/console/schedules");

        Assert.Contains("""action="/console/schedules/undone/restore?version=2""", page);
        Assert.Contains("undone is removed.", page);
    }

    [Fact]
    public async Task A_back_fill_is_counted_first_and_done_when_it_is_confirmed()
    {
        await host.Operator.DoAsync(New, New, ("name", "filled"), ("when", "cron"), ("cron", "0 3 * * *"),
            ("kind", "test.say"), ("args.text", "hi"));
        const string Page = "/console/schedules/filled/backfill?from=2026-01-01T00:00&to=2026-01-10T12:00";

        Assert.Contains("<b>10</b> due times have no job", await host.Operator.PageAsync(Page));
        Assert.Empty(await Schedules.OccurrencesAsync("filled", before: null, 100, Stop));
        await host.Operator.DoAsync(Page, "/console/schedules/filled/backfill",
            ("from", "2026-01-01T00:00"), ("to", "2026-01-10T12:00"));

        Assert.Equal(10, (await Schedules.OccurrencesAsync("filled", before: null, 100, Stop)).Count);
        Assert.Contains("<b>0</b> due times", await host.Operator.PageAsync(Page));
        Assert.Contains("class=\"mark", await host.Viewer.PageAsync("/console/schedules/filled"));
        Assert.Contains("after to", await host.Operator.PageAsync(
            "/console/schedules/filled/backfill?from=2026-01-02T00:00&to=2026-01-01T00:00"));
    }

    [Fact]
    public async Task A_viewer_sees_no_buttons_and_what_is_owned_has_no_form()
    {
        await host.Operator.DoAsync(New, New, Fields("looked.at"));
        await host.Operator.SendJsonAsync("PUT", "/api/v1/schedules/owned", new
        {
            trigger = new { every = "1h" },
            kind = "test.say",
            args = new { text = "x" },
            owner = "file:all.yaml",
        }, 201);

        foreach (var path in (string[])["/console/schedules", "/console/schedules/looked.at"])
        {
            Assert.DoesNotContain("method=\"post\" action=\"/console/schedules", await host.Viewer.PageAsync(path));
            Assert.Contains("method=\"post\" action=\"/console/schedules", await host.Operator.PageAsync(path));
        }
        var owned = await host.Operator.PageAsync("/console/schedules/owned");
        Assert.Contains("file:all.yaml", owned);
        Assert.DoesNotContain("/console/schedules/owned/edit", owned);
        Assert.DoesNotContain("name=\"cron\"", await host.Operator.PageAsync("/console/schedules/owned/edit"));
        var (status, _, _) = await host.Operator.SendFormAsync(
            New, "/console/schedules/owned/edit", Fields("owned")[1..]);
        Assert.Equal(409, status);
    }

    [Fact]
    public async Task The_list_is_filtered_and_ordered_by_its_address()
    {
        await host.Operator.DoAsync(New, New, Fields("list.a", ("options.tags", "listed")));
        await host.Operator.DoAsync(New, New, Fields("list.b", ("options.tags", "listed"), ("is_paused", "on")));

        var paused = await host.Viewer.PageAsync("/console/schedules?tag=listed&state=paused");
        var turned = await host.Viewer.PageAsync("/console/schedules?q=LIST.&sort=-name");

        Assert.Contains(">list.b</a>", paused);
        Assert.DoesNotContain(">list.a</a>", paused);
        Assert.True(turned.IndexOf(">list.b</a>", StringComparison.Ordinal)
            < turned.IndexOf(">list.a</a>", StringComparison.Ordinal));
        Assert.Contains("No schedule fits.", await host.Viewer.PageAsync("/console/schedules?q=nothing"));
    }

    [Fact]
    public async Task The_list_tells_what_became_of_the_last_due_times_of_each()
    {
        await Schedules.PutAsync(new ScheduleDefinition
        {
            Name = "often",
            Trigger = new IntervalTrigger(TimeSpan.FromMilliseconds(100), DateTimeOffset.UnixEpoch),
            Kind = "test.say",
            Args = """{"text":"x"}"""u8.ToArray(),
        }, "test", Stop);
        await TestHost.UntilAsync(async () => (await Schedules.OccurrencesAsync("often", null, 20, Stop)).Count == 20,
            () => "It has not run 20 times");

        var page = await host.Viewer.PageAsync("/console/schedules?q=often");
        var latest = await Schedules.LatestAsync(["often"], 1, Stop);
        await Schedules.RemoveAsync("often", owner: null, takesOver: false, "test", Stop);

        Assert.Equal(10, page.Split("class=\"mark ").Length - 1);
        Assert.Contains($"{latest["often"].Single().DueAt:yyyy-MM-dd}", page);
        Assert.Matches("<a href=\"/console/jobs/[0-9]+\" class=\"mark state-", page);
    }

    [Theory]
    [InlineData("new")]
    [InlineData("explain")]
    [InlineData("-")]
    public async Task A_schedule_may_have_the_name_of_a_page(string name)
    {
        await host.Operator.DoAsync(New, New, Fields(name));

        Assert.Contains($"<span class=\"muted\">Schedule</span> {name}</h1>",
            await host.Viewer.PageAsync($"/console/schedules/{name}"));
        Assert.Contains("value=\"30 2 * * 1-5", await host.Operator.PageAsync($"/console/schedules/{name}/edit"));
        Assert.Contains("<span class=\"mono\">fields</span></h1>",
            await host.Viewer.PageAsync("/console/kinds/fields"));
    }

    [Fact]
    public async Task A_secret_argument_that_may_be_left_out_is_taken_away_by_its_box()
    {
        await host.Operator.DoAsync(New, New, Fields("emptied", ("args.apiToken", "canary-5")));
        const string Edit = "/console/schedules/emptied/edit";

        Assert.Contains("name=\"args_remove.apiToken\"", await host.Operator.PageAsync(Edit));
        await host.Operator.DoAsync(
            Edit, Edit, Fields("emptied", ("version", "1"), ("args_remove.apiToken", "on"))[1..]);

        Assert.Equal("""{"text":"hi"}""",
            Encoding.UTF8.GetString((await Schedules.GetAsync("emptied", Stop)).Args.Span));
        Assert.DoesNotContain("args_remove", await host.Operator.PageAsync(Edit));
    }

    [Theory]
    [InlineData("when=cron&cron=30+2+*+*+*&zone=Europe/Berlin", "At 02:30")]
    [InlineData("when=cron&cron=61+*+*+*+*", "61 * * * *\n^")]
    [InlineData("when=cron", "cron is missing.")]
    [InlineData("when=once&once=2126-01-31T09:00", "Once, at 2126-01-31 09:00:00 UTC")]
    [InlineData("when=calendar&calendar=1+month&from=2026-01-31&time=09:00&month_end=last", "Every month")]
    [InlineData("when=json&trigger=%7B", "This is no JSON: line 1")]
    [InlineData("when=never", "There is no trigger 'never'.")]
    public async Task A_trigger_is_explained_while_it_is_written(string address, string words)
    {
        var part = await host.Viewer.PageAsync($"/console/schedules/-/explain?{address}");

        Assert.Contains(words, part);
        Assert.DoesNotContain("<html", part);
    }
}
