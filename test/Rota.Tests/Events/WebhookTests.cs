using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rota.Events;
using Rota.Jobs;
using Rota.Queues;
using Rota.Schedules;
using Rota.Secrets;
using Rota.Storage;
using Rota.Tests.Integrations;
using Xunit;

namespace Rota.Tests.Events;

public sealed class WebhookTests
{
    private const string LongName = "a-name-of-more-than-a-hundred-characters-is-too-long-for-a-webhook-"
        + "whose-queue-and-jobs-have-it-in-theirs-too";
    private const string Key = "the-key-of-the-hook";

    private static readonly TestBody Nothing = (_, _, _) => Task.FromResult(JobResult.Complete);

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(Nothing,
        build: rota => rota.AddBuiltIns(integrations: options => options.AllowPrivateNetworks = true));

    private static async Task PutAsync(TestHost host, WebhookDefinition webhook) =>
        await host.Get<EventOperations>().PutWebhookAsync(webhook, CancellationToken.None);

    private static Task SetAsync(TestHost host, string secret, string value) =>
        host.Get<SecretOperations>().SetAsync(secret, value, CancellationToken.None);

    /// <summary>What became of the only job that sends, and all that Rota shows of it and of the webhook.</summary>
    private static async Task<(Job Job, string Shown)> SentAsync(TestHost host, Func<Job, bool> isSo)
    {
        async Task<IReadOnlyList<Job>> JobsAsync() => (await host.Operations.ListAsync(
            new JobFilter { Kind = WebhookSend.Kind }, null, 10, CancellationToken.None)).Jobs;

        await TestHost.UntilAsync(async () => (await JobsAsync()).Count == 1, () => "nothing was sent");
        var job = await host.UntilAsync((await JobsAsync())[0].Id, isSo);
        var webhooks = await host.Get<EventOperations>().ListWebhooksAsync(CancellationToken.None);
        var events = await host.Get<EventOperations>().ListAsync(new EventFilter(), null, 100, CancellationToken.None);
        List<string> shown =
        [
            .. await host.LogAsync(job.Id), .. (await host.AttemptsAsync(job.Id)).Select(one => $"{one} {one.Error}"),
            JsonSerializer.Serialize(job), JsonSerializer.Serialize(webhooks), JsonSerializer.Serialize(events),
        ];
        return (job, string.Join('\n', shown));
    }

    [Fact]
    public async Task Secrets_are_put_into_address_and_headers_and_are_shown_nowhere()
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(204));
        await using var host = await StartAsync();
        await SetAsync(host, "path", "s3cr3t/path&more");
        await SetAsync(host, "token", "t0k3n-of-the-hook");
        await SetAsync(host, "key", Key);
        var headers = new Dictionary<string, string>
        {
            ["Authorization"] = "Bearer {{secret:token}}",
            ["X-Team"] = "tea",
        };
        await PutAsync(host, new WebhookDefinition("chat", $"{server.Address}hook/{{{{secret:path}}}}?a=1",
            [EventType.ScheduleMade], "{{secret:key}}", headers));
        await PutScheduleAsync(host, "tea");

        var (job, shown) = await SentAsync(host, one => one.State.IsFinal);

        Assert.Equal(JobState.Succeeded, job.State);
        var sent = Assert.Single(server.Requests);
        Assert.Equal($"/hook/{Uri.EscapeDataString("s3cr3t/path&more")}?a=1", sent.Path);
        Assert.Equal(("Bearer t0k3n-of-the-hook", "tea"), (sent.Headers["Authorization"], sent.Headers["X-Team"]));
        Assert.True(sent.Headers.ContainsKey("webhook-signature"));
        Assert.Contains("secret:path", shown);
        foreach (var secret in new[] { "s3cr3t", "t0k3n", Key })
            Assert.DoesNotContain(secret, shown);
    }

    [Fact]
    public async Task An_address_that_is_a_secret_is_not_shown_however_it_is_spelled()
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(500));
        await using var host = await StartAsync();
        await SetAsync(host, "address", $"HTTP://127.0.0.1:{server.Port}/Hook/../T0ken-Of-It");
        await PutAsync(host, new WebhookDefinition("chat", "{{secret:address}}", [EventType.ScheduleMade]));
        await PutScheduleAsync(host, "tea");

        var (_, shown) = await SentAsync(host, one => one.State == JobState.Retrying);

        Assert.Equal("/T0ken-Of-It", server.Requests[0].Path);
        Assert.Contains("webhook.send POST {{secret:address}}", shown);
        Assert.DoesNotContain("T0ken", shown);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var other = new LoopbackServer((_, _) => LoopbackServer.Answer(200));
        await using var server = new LoopbackServer(
            (_, _) => LoopbackServer.Answer(307, "", $"Location: {other.Address}"));
        await using var host = await StartAsync();
        await PutAsync(host, new WebhookDefinition("chat", $"{server.Address}", [EventType.ScheduleMade]));
        await PutScheduleAsync(host, "tea");

        var (job, _) = await SentAsync(host, one => one.State == JobState.Retrying);

        Assert.Contains("answered 307", job.Error);
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData("webhook-id", "1")]
    [InlineData("Host", "a.example")]
    [InlineData("content-type", "text/plain")]
    [InlineData("no name", "1")]
    [InlineData("X-Two", "one\r\ntwo")]
    public async Task A_wrong_header_is_refused(string name, string value)
    {
        await using var host = await StartAsync();
        var headers = new Dictionary<string, string> { [name] = value };

        var error = await Assert.ThrowsAsync<InvalidFieldException>(
            () => PutAsync(host, new WebhookDefinition("a", "https://a.example", [], null, headers)));

        Assert.Equal("headers", error.Field);
        Assert.Contains($"'{name}'", error.Message);
    }

    private static async Task PutScheduleAsync(TestHost host, string name) =>
        await host.Get<ScheduleOperations>().PutAsync(new ScheduleDefinition
        {
            Name = name,
            Trigger = new OnceTrigger(TimeProvider.System.GetUtcNow().AddDays(1)),
            Kind = "test.run",
        }, "ann", CancellationToken.None);

    [Fact]
    public async Task An_event_is_posted_signed_and_sent_again_until_it_is_taken()
    {
        await using var server = new LoopbackServer((_, number) => LoopbackServer.Answer(number == 1 ? 500 : 204));
        await using var host = await StartAsync();
        await host.Get<SecretOperations>().SetAsync("hook-key", Key, CancellationToken.None);
        await PutAsync(host, new WebhookDefinition(
            "chat", $"{server.Address}hook", [EventType.ScheduleMade], "hook-key"));
        await PutScheduleAsync(host, "tea");

        await TestHost.UntilAsync(() => Task.FromResult(server.Requests.Count > 0), () => "nothing was sent");
        var job = Assert.Single((await host.Operations.ListAsync(
            new JobFilter { Kind = WebhookSend.Kind }, null, 10, CancellationToken.None)).Jobs);
        await host.UntilAsync(job.Id, one => one.State == JobState.Retrying);
        await host.Operations.RetryAsync(job.Id, CancellationToken.None);
        Assert.Equal(JobState.Succeeded, (await host.EndAsync(job.Id)).State);

        Assert.Equal(2, server.Requests.Count);
        var sent = server.Requests[1];
        Assert.Equal(("POST", "/hook"), (sent.Method, sent.Path));
        Assert.Equal(server.Requests[0].Headers["webhook-id"], sent.Headers["webhook-id"]);
        var happened = JsonElement.Parse(sent.Body);
        Assert.Equal(("schedule.made", "tea", "ann"), (happened.GetProperty("type").GetString(),
            happened.GetProperty("source").GetString(), happened.GetProperty("actor").GetString()));
        var signed = $"{sent.Headers["webhook-id"]}.{sent.Headers["webhook-timestamp"]}.{sent.Body}";
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes(signed));
        Assert.Equal($"v1,{Convert.ToBase64String(expected)}", sent.Headers["webhook-signature"]);
    }

    [Fact]
    public async Task Only_what_a_webhook_asks_for_is_sent_and_nothing_to_one_that_was_removed()
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(200));
        await using var host = await StartAsync();
        var events = host.Get<EventOperations>();
        await PutAsync(host, new WebhookDefinition("all", $"{server.Address}all", []));
        await PutAsync(host, new WebhookDefinition("paused", $"{server.Address}paused", [EventType.SchedulePaused]));
        await PutScheduleAsync(host, "tea");
        await host.Get<ScheduleOperations>().PauseAsync("tea", "bob", CancellationToken.None);
        await TestHost.UntilAsync(() => Task.FromResult(server.Requests.Count == 3), () => "not all was sent");
        Assert.Equal(["/all", "/all", "/paused"], server.Requests.Select(one => one.Path).Order());

        await events.RemoveWebhookAsync("all", CancellationToken.None);
        var newest = (await events.ListAsync(new EventFilter(), null, 1, CancellationToken.None))[0];
        var late = await host.Client.EnqueueAsync(WebhookSend.Kind, WebhookSend.Args("all", newest), null,
            CancellationToken.None);
        Assert.Equal(JobState.Canceled, (await host.EndAsync(late.Id)).State);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Each_webhook_has_a_queue_with_a_limit_which_is_its_administrators_from_then_on()
    {
        await using var server = new LoopbackServer((_, _) => LoopbackServer.Answer(200));
        await using var host = await StartAsync();
        var queues = host.Get<QueueOperations>();
        async Task<int?> LimitAsync() => (await queues.RuleAsync("webhook:chat", CancellationToken.None)).MaxRunning;
        var chat = new WebhookDefinition("chat", $"{server.Address}", [EventType.ScheduleMade]);
        await PutAsync(host, chat);
        Assert.Equal(2, await LimitAsync());
        await PutScheduleAsync(host, "tea");
        Assert.Equal("webhook:chat", (await SentAsync(host, one => one.State.IsFinal)).Job.Queue);

        await queues.LimitAsync("webhook:chat", 50, CancellationToken.None);
        await PutAsync(host, chat with { Types = [] });
        Assert.Equal(50, await LimitAsync());
        await host.Get<EventOperations>().RemoveWebhookAsync("chat", CancellationToken.None);
        Assert.Null(await LimitAsync());
    }

    [Theory]
    [InlineData("name", "no spaces", "https://a.example", null)]
    [InlineData("name", LongName, "https://a.example", null)]
    [InlineData("url", "a", "ftp://a.example", null)]
    [InlineData("url", "a", "nonsense", null)]
    [InlineData("url", "a", "https://user:pass@a.example", null)]
    [InlineData("url", "a", "https://{{secret:user}}@a.example", null)]
    [InlineData("url", "a", "{{secret:no name}}", null)]
    [InlineData("secret", "a", "https://a.example", "no spaces")]
    public async Task A_wrong_webhook_is_refused_by_field(string field, string name, string url, string? secret)
    {
        await using var host = await StartAsync();
        var error = await Assert.ThrowsAsync<InvalidFieldException>(() => host.Get<EventOperations>()
            .PutWebhookAsync(new WebhookDefinition(name, url, [], secret), CancellationToken.None));

        Assert.Equal(field, error.Field);
        Assert.DoesNotContain("pass", error.Message.Replace("password", ""));
    }
}
