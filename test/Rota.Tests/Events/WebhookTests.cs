using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rota.Events;
using Rota.Schedules;
using Rota.Secrets;
using Rota.Storage;
using Rota.Tests.Integrations;
using Xunit;

namespace Rota.Tests.Events;

public sealed class WebhookTests
{
    private const string Key = "the-key-of-the-hook";

    private static readonly TestBody Nothing = (_, _, _) => Task.FromResult(JobResult.Complete);

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(Nothing,
        build: rota => rota.AddBuiltIns(integrations: options => options.AllowPrivateNetworks = true));

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
        await host.Get<EventOperations>().PutWebhookAsync(
            "chat", $"{server.Address}hook", [EventType.ScheduleMade], "hook-key", CancellationToken.None);
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
        await events.PutWebhookAsync("all", $"{server.Address}all", [], null, CancellationToken.None);
        await events.PutWebhookAsync("paused", $"{server.Address}paused", [EventType.SchedulePaused], null,
            CancellationToken.None);
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

    [Theory]
    [InlineData("name", "no spaces", "https://a.example", null)]
    [InlineData("url", "a", "ftp://a.example", null)]
    [InlineData("url", "a", "nonsense", null)]
    [InlineData("url", "a", "https://user:pass@a.example", null)]
    [InlineData("secret", "a", "https://a.example", "no spaces")]
    public async Task A_wrong_webhook_is_refused_by_field(string field, string name, string url, string? secret)
    {
        await using var host = await StartAsync();
        var error = await Assert.ThrowsAsync<InvalidFieldException>(() => host.Get<EventOperations>()
            .PutWebhookAsync(name, url, [], secret, CancellationToken.None));

        Assert.Equal(field, error.Field);
        Assert.DoesNotContain("pass", error.Message.Replace("password", ""));
    }
}
