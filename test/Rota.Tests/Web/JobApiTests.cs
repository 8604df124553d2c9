using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace Rota.Tests.Web;

public sealed class JobApiTests(WebHost host) : IClassFixture<WebHost>
{
    private const string Jobs = "/api/v1/jobs";

    private const string Later = "2030-01-01T00:00:00Z";

    [Fact]
    public async Task A_job_is_enqueued_runs_and_is_shown_with_its_secrets_masked()
    {
        var id = await host.EnqueueAsync("test.say", new { text = "hello", apiToken = "abc" },
            new { key = "shown", metadata = new { order = "7" }, tags = new[] { "red" } });
        await host.EndOfAsync(id);

        var job = await host.Viewer.GetJsonAsync($"{Jobs}/{id}");

        Assert.Equal("succeeded", job.Text("state"));
        Assert.Equal(2, job.GetProperty("max_attempts").GetInt32());
        Assert.Equal("talk", job.Text("queue"));
        Assert.Equal("7", job.GetProperty("metadata").Text("order"));
        Assert.Equal("red", job.GetProperty("tags")[0].GetString());
        Assert.Equal("********", job.GetProperty("args").Text("apiToken"));
        Assert.Equal("""{"said":1,"password":"********"}""", job.GetProperty("output").GetRawText());
        Assert.StartsWith("It does not wait", job.Text("why"));
        Assert.Equal(id, (await host.Viewer.GetJsonAsync($"{Jobs}/key:shown")).GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task A_second_job_with_a_held_unique_key_gives_the_first_one_and_200()
    {
        var options = new { run_at = Later, unique = new { key = "u1" } };
        var body = new { kind = "test.say", args = new { text = "x" }, options };
        var first = await host.Operator.SendJsonAsync("POST", Jobs, body, 201);
        var second = await host.Operator.SendJsonAsync("POST", Jobs, body, 200);

        Assert.True(first.GetProperty("is_new").GetBoolean());
        Assert.False(second.GetProperty("is_new").GetBoolean());
        Assert.Equal(first.GetProperty("id").GetInt64(), second.GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task A_second_job_with_the_same_key_is_refused()
    {
        var body = new { kind = "test.say", args = new { text = "x" }, options = new { run_at = Later, key = "mine" } };
        await host.Operator.SendJsonAsync("POST", Jobs, body, 201);
        await host.Operator.ProblemAsync("POST", Jobs, body, 409, "job.key_taken");
    }

    [Fact]
    public async Task All_options_arrive()
    {
        var options = new
        {
            queue = "slow",
            priority = 2,
            delay = "1h30m",
            max_attempts = 9,
            timeout = "10m",
            project = "p",
            backoff = new { kind = "list", delays = new[] { "10s", "1m" } },
            unique = new { key = "all", scope = "for_period", period = "1d" },
        };
        var id = await host.EnqueueAsync("test.unknown", options: options);

        var job = await host.Viewer.GetJsonAsync($"{Jobs}/{id}");

        Assert.Equal("slow", job.Text("queue"));
        Assert.Equal("p", job.Text("project"));
        Assert.Equal(2, job.GetProperty("priority").GetInt32());
        Assert.Equal(9, job.GetProperty("max_attempts").GetInt32());
        Assert.Equal("scheduled", job.Text("state"));
        Assert.Equal(TimeSpan.FromMinutes(90),
            job.GetProperty("due_at").GetDateTimeOffset() - job.GetProperty("created_at").GetDateTimeOffset());
        Assert.Equal("{}", job.GetProperty("args").GetRawText());
    }

    [Theory]
    [InlineData("""{"kind":"k","options":{"prority":1}}""", "prority", "Did you mean 'priority'?")]
    [InlineData("""{"kind":"k","optoins":{}}""", "optoins", "Did you mean 'options'?")]
    [InlineData("""{"kind":"k","options":{"unique":{"key":"a","scop":1}}}""", "scop", "Did you mean 'scope'?")]
    [InlineData("""{"kind":"k","options":{"priority":"high"}}""", "options.priority", null)]
    [InlineData("""{"kind":"k","options":{"priority":10}}""", "priority", "Write 0 to 9.")]
    [InlineData("""{"kind":"k","options":{"delay":"soon"}}""", "delay", null)]
    [InlineData("""{"kind":"k","options":{"run_at":"2030-01-01T00:00:00"}}""", "run_at", null)]
    [InlineData("""{"kind":"k","options":{"dependency_rule":"some"}}""", "options.dependency_rule", null)]
    [InlineData("""{"kind":"k","options":{"backoff":{"kind":"fixed","delays":["x"]}}}""", "backoff.delays", null)]
    [InlineData("""{"kind":"a b"}""", "kind", null)]
    [InlineData("""{"kind":null}""", "kind", null)]
    [InlineData("""{"args":{}}""", "kind", null)]
    [InlineData("""{"kind":"k",""", null, null)]
    [InlineData("", "body", null)]
    public async Task A_wrong_body_is_refused_with_the_field(string body, string? field, string? hint)
    {
        var problem = await host.Operator.ProblemAsync(
            "POST", Jobs, new StringContent(body, Encoding.UTF8, "application/json"), 400, "request.invalid", field);
        if (hint is not null)
            Assert.Equal(hint, problem.Text("hint"));
    }

    [Fact]
    public async Task Arguments_that_do_not_fit_their_kind_are_refused() =>
        await host.Operator.ProblemAsync(
            "POST", Jobs, new { kind = "test.say", args = new { text = 5 } }, 400, "job.args");

    [Fact]
    public async Task Ten_mebibytes_of_arguments_get_a_clear_answer()
    {
        var problem = await host.Operator.ProblemAsync("POST", Jobs,
            new { kind = "k", args = new { text = new string('x', 10 << 20) } }, 400, "request.invalid", "args");
        Assert.Contains("bytes", problem.Text("detail"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_12_MiB_is_refused_whether_or_not_it_tells_its_length(bool tellsLength)
    {
        using var body = new ByteArrayContent([.. "{\"kind\":\""u8, .. Enumerable.Repeat((byte)'x', 12 << 20)]);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, Jobs) { Content = body };
        request.Headers.TransferEncodingChunked = !tellsLength;
        request.Headers.ExpectContinue = tellsLength;
        request.Headers.ConnectionClose = true; // the server closes it, and other tests share the client

        using var answer = await host.Operator.SendAsync(request);

        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.JsonAsync(413);
        Assert.Equal("request.invalid", problem.Text("code"));
        Assert.Equal("The body is too large.", problem.Text("detail"));
        Assert.Contains("12 MiB", problem.Text("hint"));
    }

    [Fact]
    public async Task A_body_of_another_type_is_refused() =>
        await host.Operator.ProblemAsync(
            "POST", Jobs, new StringContent("{}", Encoding.UTF8, "text/plain"), 415, "request.invalid");

    [Fact]
    public async Task Two_hundred_and_fifty_jobs_are_paged_without_gap_or_double()
    {
        var args = Enumerable.Range(0, 250).Select(number => new { number }).ToArray();
        var batch = await host.Operator.SendJsonAsync("POST", $"{Jobs}/many",
            new { kind = "page.me", args, options = new { run_at = Later } }, 201);
        var ids = batch.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()).ToList();

        var seen = new List<long>();
        for (var next = ""; next is not null;)
        {
            var page = await host.Viewer.GetJsonAsync($"{Jobs}?kind=page.me&limit=100{next}");
            seen.AddRange(page.Items().Select(job => job.GetProperty("id").GetInt64()));
            next = page.Text("next") is { } before ? $"&before={before}" : null;
        }

        Assert.Equal(ids.Order().Reverse(), seen);
    }

    [Theory]
    [InlineData("state=sleeping", "state")]
    [InlineData("reason=why", "reason")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("before=x", "before")]
    public async Task A_wrong_filter_is_refused_with_its_name(string query, string field) =>
        await host.Viewer.ProblemAsync("GET", $"{Jobs}?{query}", null, 400, "request.invalid", field);

    [Fact]
    public async Task A_text_to_search_for_is_bounded()
    {
        var text = new string('x', 1_001);
        await host.Viewer.ProblemAsync("GET", $"{Jobs}?q={text}", null, 400, "request.invalid", "q");
        await host.Operator.ProblemAsync("POST", $"{Jobs}/bulk",
            new { action = "cancel", filter = new { q = text } }, 400, "request.invalid", "q");
        Assert.Empty((await host.Viewer.GetJsonAsync($"{Jobs}?q={text[1..]}")).Items());
    }

    [Fact]
    public async Task Jobs_are_found_by_every_filter()
    {
        var id = await host.EnqueueAsync("find.me", new { text = "needle" },
            new { run_at = Later, queue = "hay", tags = new[] { "sharp" }, project = "sewing" });

        string[] queries = ["kind=find.me", "state=scheduled&queue=hay", "tag=sharp", "project=sewing", "q=needle"];
        foreach (var query in queries)
        {
            var page = await host.Viewer.GetJsonAsync($"{Jobs}?{query}");
            Assert.Equal(id, Assert.Single(page.Items()).GetProperty("id").GetInt64());
        }
    }

    [Fact]
    public async Task A_waiting_job_is_canceled_once()
    {
        var id = await host.EnqueueAsync("later", options: new { run_at = Later });

        var job = await host.Operator.SendJsonAsync("POST", $"{Jobs}/{id}/cancel", new { reason = "not needed" }, 200);

        Assert.Equal("canceled", job.Text("state"));
        Assert.Equal("not needed", job.Text("error"));
        await host.Operator.ProblemAsync("POST", $"{Jobs}/{id}/cancel", null, 409, "job.state");
    }

    [Fact]
    public async Task A_failed_job_shows_its_attempt_and_is_retried_as_a_new_one()
    {
        var id = await host.EnqueueAsync("test.say", new { text = "no", fails = true });
        await host.EndOfAsync(id);

        var attempt = Assert.Single((await host.Viewer.GetJsonAsync($"{Jobs}/{id}/attempts")).Items());
        var retried = await host.Operator.SendJsonAsync("POST", $"{Jobs}/{id}/retry", null, 200);

        Assert.Equal("failed", attempt.Text("outcome"));
        Assert.Equal("asked to fail", attempt.GetProperty("error").Text("message"));
        Assert.True(retried.GetProperty("is_new").GetBoolean());
        var again = await host.EndOfAsync(retried.GetProperty("id").GetInt64());
        Assert.Equal(id, again.RetryOf?.Value);
    }

    [Fact]
    public async Task A_bulk_call_counts_first_and_acts_when_told()
    {
        var args = Enumerable.Range(0, 5).ToArray();
        await host.Operator.SendJsonAsync("POST", $"{Jobs}/many",
            new { kind = "bulk.me", args, options = new { run_at = Later } }, 201);
        var filter = new { kind = "bulk.me", state = "scheduled" };

        var counted = await host.Operator.SendJsonAsync("POST", $"{Jobs}/bulk", new { action = "cancel", filter }, 200);
        var done = await host.Operator.SendJsonAsync(
            "POST", $"{Jobs}/bulk", new { action = "cancel", filter, dry_run = false }, 200);
        var left = await host.Viewer.GetJsonAsync($"{Jobs}?kind=bulk.me&state=scheduled");

        Assert.Equal("""{"count":5,"dry_run":true}""", counted.GetRawText());
        Assert.Equal("""{"count":5,"dry_run":false}""", done.GetRawText());
        Assert.Empty(left.Items());
    }

    [Fact]
    public async Task Counts_come_by_state_and_by_queue()
    {
        await host.EnqueueAsync("count.me", options: new { run_at = Later, queue = "counted" });

        var counts = await host.Viewer.GetJsonAsync($"{Jobs}/counts");

        Assert.True(counts.GetProperty("states").GetProperty("scheduled").GetInt64() >= 1);
        Assert.Equal(8, counts.GetProperty("states").EnumerateObject().Count());
        var row = Assert.Single(counts.Items(), item => item.Text("kind") == "count.me");
        Assert.Equal("""{"queue":"counted","kind":"count.me","state":"scheduled","count":1}""", row.GetRawText());
    }

    [Theory]
    [InlineData("999999999")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("99999999999999999999999")]
    [InlineData("٣")]
    [InlineData(":id")]
    [InlineData("key:none")]
    public async Task An_id_of_nothing_is_not_found(string id)
    {
        var path = $"{Jobs}/{Uri.EscapeDataString(id)}";
        foreach (var suffix in (string[])["", "/attempts", "/logs", "/events"])
            await host.Viewer.ProblemAsync("GET", path + suffix, null, 404, "job.not_found");
        await host.Operator.ProblemAsync("POST", $"{path}/cancel", null, 404, "job.not_found");
        await host.Operator.ProblemAsync("POST", $"{path}/retry", null, 404, "job.not_found");
    }
}
