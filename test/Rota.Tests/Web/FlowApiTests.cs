using System.Text;
using System.Text.Json;
using Xunit;

namespace Rota.Tests.Web;

public sealed class FlowApiTests(WebHost host) : IClassFixture<WebHost>
{
    private const string Jobs = "/api/v1/jobs";

    private static object Say(string text, object? options = null) =>
        new { kind = "test.say", args = new { text }, options = options ?? new { } };

    private static long[] Ids(JsonElement json, string name) =>
        [.. json.GetProperty(name).EnumerateArray().Select(id => id.GetInt64())];

    [Fact]
    public async Task A_chain_runs_in_its_order_and_hands_results_on()
    {
        var last = new { kind = "later.kind", args = new { }, options = new { result_into = "anything" } };
        var chain = await host.Operator.SendJsonAsync("POST", $"{Jobs}/chain",
            new { steps = new[] { Say("one"), Say("two"), last } }, 201);
        var ids = Ids(chain, "ids");
        Assert.Equal(JobState.Failed, (await host.EndOfAsync(ids[2])).State);

        var graph = await host.Viewer.GetJsonAsync($"{Jobs}/{ids[1]}/graph");

        Assert.Equal([(ids[0], "succeeded"), (ids[1], "succeeded"), (ids[2], "failed")], graph.GetProperty("nodes")
            .EnumerateArray().Select(node => (node.GetProperty("id").GetInt64(), node.Text("state"))));
        Assert.Equal([(ids[0], ids[1]), (ids[1], ids[2])], graph.GetProperty("edges").EnumerateArray()
            .Select(edge => (edge.GetProperty("from").GetInt64(), edge.GetProperty("to").GetInt64())));
        Assert.False(graph.GetProperty("truncated").GetBoolean());
    }

    [Fact]
    public async Task A_batch_is_enqueued_with_its_callbacks_and_shows_its_progress()
    {
        var batch = await host.Operator.SendJsonAsync("POST", $"{Jobs}/batch", new
        {
            jobs = new[] { Say("one"), Say("two", new { delay = "1h" }) },
            on_success = Say("good"),
            on_complete = Say("over"),
            options = new { tags = new[] { "import" } },
        }, 201);
        var id = batch.GetProperty("id").GetInt64();
        await host.EndOfAsync(Ids(batch, "jobs")[0]);

        var job = await host.Viewer.GetJsonAsync($"{Jobs}/{id}");

        Assert.Equal(("batch", "blocked", "talk"), (job.Text("kind"), job.Text("state"), job.Text("queue")));
        Assert.Equal("""{"done":1,"total":2}""", job.GetProperty("progress").GetRawText());
        Assert.Equal(id + 1, batch.GetProperty("on_success").GetInt64());
        Assert.Equal(id + 2, batch.GetProperty("on_complete").GetInt64());
        await host.Operator.SendJsonAsync("POST", $"{Jobs}/{id}/cancel", new { }, 200);
        Assert.Equal(JobState.Canceled, (await host.EndOfAsync(Ids(batch, "jobs")[1])).State);
    }

    [Fact]
    public async Task A_large_batch_is_counted_where_it_is_not_told()
    {
        var batch = await host.Operator.SendJsonAsync("POST", $"{Jobs}/batch", new
        {
            jobs = Enumerable.Repeat(new { kind = "later.kind", options = new { delay = "1h" } }, 2_000),
            on_complete = new { kind = "later.kind" },
        }, 201);

        var graph = await host.Viewer.GetJsonAsync($"{Jobs}/{batch.GetProperty("on_complete").GetInt64()}/graph");

        Assert.Equal(500, graph.GetProperty("nodes").GetArrayLength());
        Assert.Equal($$"""[{"state":"scheduled","count":1502,"from":[],"to":[{{batch.GetProperty("id")}}]}]""",
            graph.GetProperty("more").GetRawText());
        Assert.True(graph.GetProperty("truncated").GetBoolean());
    }

    [Theory]
    [InlineData("chain", """{"steps":[]}""", "steps")]
    [InlineData("chain", """{"steps":[null]}""", "steps[0]")]
    [InlineData("chain", """{"steps":[{"kind":"k"},{"kind":"k","options":{"queue":"a b"}}]}""",
        "steps[1].options.queue")]
    [InlineData("chain", """{"steps":[{"kind":"k"},{"kind":"k","options":{"delay":"x"}}]}""", "steps[1].options.delay")]
    [InlineData("chain", """{"steps":[{"kind":"k","options":{"result_into":"a"}}]}""", "steps[0].options.result_into")]
    [InlineData("chain", """{"steps":[{"kind":"a b"}]}""", "steps[0].kind")]
    [InlineData("batch", """{"jobs":[]}""", "jobs")]
    [InlineData("batch", """{"jobs":[{"kind":"k"}],"options":{"unique":{"key":"a"}}}""", "options.unique")]
    [InlineData("batch", """{"jobs":[{"kind":"k"}],"options":{"depends_on":[1]}}""", "options.depends_on")]
    [InlineData("batch", """{"jobs":[{"kind":"k"}],"on_success":{"kind":"a b"}}""", "on_success.kind")]
    [InlineData("", """{"kind":"k","options":{"repeat":{"times":0,"intervals":["1s"]}}}""", "repeat.times")]
    [InlineData("", """{"kind":"k","options":{"repeat":{"times":1,"intervals":[]}}}""", "repeat.intervals")]
    [InlineData("", """{"kind":"k","options":{"key":"a","repeat":{"times":1,"intervals":["1s"]}}}""", "repeat")]
    [InlineData("", """{"kind":"k","options":{"result_into":"a"}}""", "result_into")]
    public async Task What_is_wrong_is_named_by_its_place(string what, string body, string field) =>
        await host.Operator.ProblemAsync("POST", what.Length == 0 ? Jobs : $"{Jobs}/{what}",
            new StringContent(body, Encoding.UTF8, "application/json"), 400, "request.invalid", field);

    [Fact]
    public async Task A_result_for_a_field_that_a_known_kind_does_not_have_is_refused_at_once() =>
        await host.Operator.ProblemAsync("POST", $"{Jobs}/chain",
            new { steps = new[] { Say("one"), Say("two", new { result_into = "pages" }) } }, 400, "job.args");

    [Fact]
    public async Task The_audit_names_the_batch_and_the_first_of_a_chain()
    {
        object[] one = [Say("one")];
        var chain = await host.Operator.SendJsonAsync("POST", $"{Jobs}/chain", new { steps = one }, 201);
        var batch = await host.Operator.SendJsonAsync("POST", $"{Jobs}/batch", new { jobs = one }, 201);
        (string, string)[] expected =
        [
            ("jobs.chain", chain.GetProperty("ids")[0].GetRawText()),
            ("jobs.batch", batch.GetProperty("id").GetRawText()),
        ];

        await TestHost.UntilAsync(async () =>
        {
            var audit = await host.Admin.GetJsonAsync("/api/v1/audit?limit=1000");
            var rows = audit.GetProperty("items").EnumerateArray()
                .Select(row => (row.Text("action"), row.Text("target"))).ToList();
            return expected.All(rows.Contains);
        }, () => "The audit has no such rows");
    }
}
