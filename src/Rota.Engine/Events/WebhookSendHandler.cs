using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rota.Storage;

namespace Rota.Events;

/// <summary>Posts an event, signed as the Standard Webhooks specification (v1) has it.</summary>
internal sealed class WebhookSendHandler(IEventStore store, IntegrationHttp http) : IJobHandler<WebhookSend>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public async Task<JobResult> RunAsync(WebhookSend args, JobContext job, CancellationToken stop)
    {
        var webhooks = await store.ListWebhooksAsync(stop);
        if (webhooks.FirstOrDefault(one => one.Name == args.Webhook) is not { } webhook)
            return JobResult.Cancel($"The webhook {args.Webhook} was removed.");
        using var request = await ToRequestAsync(webhook, args.Event, job, stop);
        using var client = http.CreateClient(WebhookSend.Kind, baseAddress: null, Timeout);
        using var response = await client.SendAsync(request, stop);
        return response.IsSuccessStatusCode
            ? JobResult.Complete
            : throw new RotaException("webhook.status",
                $"{args.Webhook} answered {(int)response.StatusCode}.", "It is sent again until it answers with 2xx.");
    }

    private static async Task<HttpRequestMessage> ToRequestAsync(
        Webhook webhook, JsonElement happened, JobContext job, CancellationToken stop)
    {
        var body = happened.GetRawText();
        // The same on every attempt, so that a receiver can drop what comes twice.
        var id = $"{webhook.Name}-{happened.GetProperty("id").GetInt64()}";
        var at = job.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", at);
        if (webhook.Secret is { } name)
        {
            var key = Encoding.UTF8.GetBytes(await job.Secrets.GetAsync(name, stop));
            var signature = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{at}.{body}"));
            request.Headers.Add("webhook-signature", $"v1,{Convert.ToBase64String(signature)}");
        }
        return request;
    }
}
