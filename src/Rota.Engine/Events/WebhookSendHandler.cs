using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rota.Integrations;
using Rota.Storage;

namespace Rota.Events;

/// <summary>Posts an event, signed as the Standard Webhooks specification (v1) has it.</summary>
/// <remarks>A redirect is an answer that fails: a receiver that moved must be told of, or events would be lost in a
/// GET, and headers with secrets would go to another host.</remarks>
internal sealed class WebhookSendHandler(IEventStore store, IntegrationHttp http) : IJobHandler<WebhookSend>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public async Task<JobResult> RunAsync(WebhookSend args, JobContext job, CancellationToken stop)
    {
        var webhooks = await store.ListWebhooksAsync(stop);
        if (webhooks.FirstOrDefault(one => one.Name == args.Webhook) is not { } webhook)
            return JobResult.Cancel($"The webhook {args.Webhook} was removed.");
        var url = await SecretReferences.FillUrlAsync(webhook.Url, job.Secrets, stop);
        if (WebhookFields.ToAddress(url) is not { } address)
            return JobResult.Fail($"The address of {webhook.Name} with its secrets is none of http or https.");
        using var request = await ToRequestAsync(webhook, address, args.Event, job, stop);
        if (await AddHeadersAsync(request, webhook, job, stop) is { } wrong)
            return JobResult.Fail($"The header '{wrong}' of {webhook.Name} cannot be sent with its secrets.");
        using var client = http.CreateClient(WebhookSend.Kind, baseAddress: null, Timeout);
        using var response = await client.SendAsync(request, stop);
        return response.IsSuccessStatusCode
            ? JobResult.Complete
            : throw new RotaException("webhook.status",
                $"{args.Webhook} answered {(int)response.StatusCode}.",
                "It is sent again until it answers with 2xx. If it has moved, give the webhook its new address.");
    }

    /// <returns>The name of one that cannot be sent; null when all are there.</returns>
    private static async Task<string?> AddHeadersAsync(
        HttpRequestMessage request, Webhook webhook, JobContext job, CancellationToken stop)
    {
        foreach (var (name, value) in webhook.Headers)
        {
            var filled = await SecretReferences.FillAsync(value, job.Secrets, stop);
            if (!WebhookFields.TryAdd(request, name, filled))
                return name;
        }
        return null;
    }

    private static async Task<HttpRequestMessage> ToRequestAsync(
        Webhook webhook, Uri address, JsonElement happened, JobContext job, CancellationToken stop)
    {
        var body = happened.GetRawText();
        // The same on every attempt, so that a receiver can drop what comes twice.
        var id = $"{webhook.Name}-{happened.GetProperty("id").GetInt64()}";
        var at = job.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Options.Set(RedirectHandler.IsOff, true);
        UrlMask.ShowAs(request, webhook.Url);
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
