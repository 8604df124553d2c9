using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Events;

/// <summary>Enqueues a job for each event and each webhook that wants it, on whatever node comes first; and drops old
/// events.</summary>
internal sealed class WebhookSender(
    IEventStore store, HandlerRegistry handlers, TimeProvider clock, ILogger<WebhookSender> log) : BackgroundService
{
    private const int AtOnce = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), RetryPause = TimeSpan.FromSeconds(5);

    // A lot takes a few milliseconds, for which a job may have to wait: there is a rest behind each. While there are
    // whole ones it looks again soon: to drop what comes in a minute takes as much at once.
    private const int DroppedAtOnce = 1_000;
    private static readonly TimeSpan DropPause = TimeSpan.FromSeconds(10), BusyDropPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LotPause = TimeSpan.FromMilliseconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (dropped, dropPause) = (clock.GetTimestamp(), DropPause);
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Pause;
            try
            {
                if (await SendAsync(stoppingToken) == AtOnce)
                    continue;
                if (clock.GetElapsedTime(dropped) >= dropPause)
                {
                    dropPause = await DropOldAsync(stoppingToken) ? BusyDropPause : DropPause;
                    dropped = clock.GetTimestamp();
                }
            }
            catch (StorageException error)
            {
                log.SendFailed(error.Why());
                pause = RetryPause;
            }
            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    /// <returns>Whether there were many.</returns>
    private async Task<bool> DropOldAsync(CancellationToken stop)
    {
        var lots = 0;
        for (; await store.DropOldAsync(clock.GetUtcNow(), DroppedAtOnce, stop) == DroppedAtOnce; lots++)
            await Task.Delay(LotPause, clock, stop);
        return lots > 0;
    }

    /// <returns>How many events were looked at.</returns>
    internal async Task<int> SendAsync(CancellationToken stop)
    {
        var webhooks = await store.ListWebhooksAsync(stop);
        return webhooks.Count == 0
            ? 0
            : await store.DeliverAsync(AtOnce, one => ToJobs(one, webhooks), clock.GetUtcNow(), stop);
    }

    // What becomes of a sending is not sent again: one that fails would send for ever.
    private List<NewJob> ToJobs(RotaEvent one, IReadOnlyList<Webhook> webhooks) => one.Source == WebhookSend.Kind
        ? []
        : [.. webhooks
            .Where(webhook => webhook.Types.Count == 0 || webhook.Types.Contains(one.Type))
            .Select(webhook => WebhookSend.ToJob(webhook.Name, one, handlers, clock.GetUtcNow()))];
}

/// <summary>Sends one event to one webhook.</summary>
/// <param name="Event">As the API shows it.</param>
[Job(Kind, MaxAttempts = 10)]
public sealed record WebhookSend(string Webhook, JsonElement Event)
{
    public const string Kind = "webhook.send";

    /// <summary>As many are sent to one webhook at once, on all nodes together, unless somebody limits its queue
    /// otherwise.</summary>
    internal const int AtOnce = 2;

    /// <summary>Each webhook has a queue of its own, with a limit: those that wait for one that does not answer would
    /// take all slots, and no other job would run.</summary>
    public static string QueueOf(string webhook) => $"webhook:{webhook}";

    internal static NewJob ToJob(string webhook, RotaEvent one, HandlerRegistry handlers, DateTimeOffset now)
    {
        var options = new JobOptions { Queue = QueueOf(webhook) };
        var template = JobOptionsCheck.ToTemplate(Kind, handlers.Find(Kind)?.Job, options, now);
        return new NewJob(template, JsonSerializer.SerializeToUtf8Bytes(Args(webhook, one)));
    }

    /// <summary>What such a job is enqueued with.</summary>
    public static JsonElement Args(string webhook, RotaEvent one) => JsonSerializer.SerializeToElement(
        new WebhookSend(webhook, EventJson.Element(one)), RotaJson.Options);
}
