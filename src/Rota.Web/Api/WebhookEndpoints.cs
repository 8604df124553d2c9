using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Events;
using Rota.Storage;
using Rota.Web.Auth;

namespace Rota.Web.Api;

/// <summary>Where events are sent.</summary>
internal static class WebhookEndpoints
{
    public static void MapWebhooks(this IEndpointRouteBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("Events").Needs(Role.Admin);

        webhooks.MapGet("", ListAsync).WithName("webhooks.list").WithSummary("Webhooks, by name");
        webhooks.MapPut("/{name}", PutAsync).Audited("webhooks.put", hasDetail: false) // an address may be secret
            .WithSummary("Make a webhook or replace it");
        webhooks.MapDelete("/{name}", RemoveAsync).Audited("webhooks.remove").WithSummary("Send there no more");
        webhooks.MapPost("/{name}/test", TestAsync).Audited("webhooks.test")
            .WithSummary("Enqueue a job that sends the newest event there");
    }

    private static async Task<Ok<Page<WebhookView>>> ListAsync(EventOperations events, CancellationToken stop) =>
        TypedResults.Ok(new Page<WebhookView>([.. (await events.ListWebhooksAsync(stop)).Select(WebhookView.From)]));

    private static async Task<Results<Created<WebhookView>, Ok<WebhookView>>> PutAsync(
        string name, WebhookRequest body, EventOperations events, CancellationToken stop)
    {
        var types = (body.Types ?? []).Select(type => EventNames.Parse("types", type)).ToList();
        var (webhook, isNew) = await events.PutWebhookAsync(
            new WebhookDefinition(name, body.Url, types, body.Secret, body.Headers), stop);
        var view = WebhookView.From(webhook);
        return isNew ? TypedResults.Created($"/api/v1/webhooks/{name}", view) : TypedResults.Ok(view);
    }

    private static async Task<NoContent> RemoveAsync(string name, EventOperations events, CancellationToken stop)
    {
        await events.RemoveWebhookAsync(name, stop);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<EnqueuedView>> TestAsync(
        string name, EventOperations events, IJobClient jobs, CancellationToken stop) =>
        TypedResults.Ok(EnqueuedView.From(await EnqueueTestAsync(name, events, jobs, stop)));

    /// <summary>Enqueues a job that sends the newest event to a webhook.</summary>
    /// <exception cref="NotFoundException"><c>webhook.not_found</c>; <c>event.not_found</c> before the first event.
    /// </exception>
    public static async Task<Enqueued> EnqueueTestAsync(
        string name, EventOperations events, IJobClient jobs, CancellationToken stop)
    {
        var webhook = await events.GetWebhookAsync(name, stop);
        var newest = await events.ListAsync(new EventFilter(), before: null, limit: 1, stop);
        return newest.Count == 0
            ? throw new NotFoundException("event", "newest", "Wait until something has happened, such as a job.")
            : await jobs.EnqueueAsync(WebhookSend.Kind, WebhookSend.Args(webhook.Name, newest[0]),
                new JobOptions { Queue = WebhookSend.QueueOf(webhook.Name) }, stop);
    }
}

/// <param name="Types">Such as <c>job.failed</c>. Default: all.</param>
/// <param name="Url">May hold secrets as <c>{{secret:NAME}}</c>, as the headers may.</param>
/// <param name="Secret">Name of the secret that signs what is sent. Default: no signature.</param>
/// <param name="Headers">By name. Default: none but those that the sending sets.</param>
internal sealed record WebhookRequest(string Url, IReadOnlyList<string>? Types = null, string? Secret = null,
    IReadOnlyDictionary<string, string>? Headers = null);

internal sealed record WebhookView(string Name, string Url, IReadOnlyList<string> Types, string? Secret,
    IReadOnlyDictionary<string, string> Headers, DateTimeOffset CreatedAt)
{
    public static WebhookView From(Webhook webhook) => new(webhook.Name, webhook.Url,
        [.. webhook.Types.Select(EventNames.Name)], webhook.Secret, webhook.Headers, webhook.CreatedAt);
}
