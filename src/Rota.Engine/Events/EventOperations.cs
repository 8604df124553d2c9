using Rota.Integrations;
using Rota.Storage;

namespace Rota.Events;

/// <summary>What people and programs do with events and webhooks.</summary>
public sealed class EventOperations(IEventStore store, IQueueStore queues, TimeProvider clock)
{
    private const int PageMax = 1_000, WebhooksMax = 100, WebhookCharactersMax = 100, TextCharactersMax = 500;

    /// <summary>Newest first.</summary>
    /// <param name="before">Only events with a smaller id; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    public Task<IReadOnlyList<RotaEvent>> ListAsync(
        EventFilter filter, long? before, int limit, CancellationToken stop) =>
        limit is >= 1 and <= PageMax
            ? store.ListAsync(filter, before, limit, stop)
            : throw new InvalidFieldException("limit", $"limit is {limit}.", $"Write 1 to {PageMax:N0}.");

    /// <summary>Writes what was noticed outside the stores, such as a process that was given up.</summary>
    public Task AppendAsync(IReadOnlyList<NewEvent> noticed, CancellationToken stop) =>
        store.AppendAsync([.. noticed.Select(Fit)], stop);

    private static NewEvent Fit(NewEvent one) =>
        one.Text?.Length > TextCharactersMax ? one with { Text = one.Text[..TextCharactersMax] } : one;

    /// <param name="after">The last one that is known; null: from now on.</param>
    public async Task<EventFollower> FollowAsync(long? after, CancellationToken stop) =>
        new(store, clock, after ?? await store.LastIdAsync(stop));

    public Task<IReadOnlyList<Webhook>> ListWebhooksAsync(CancellationToken stop) => store.ListWebhooksAsync(stop);

    /// <exception cref="NotFoundException"><c>webhook.not_found</c>.</exception>
    public async Task<Webhook> GetWebhookAsync(string name, CancellationToken stop) =>
        (await store.ListWebhooksAsync(stop)).FirstOrDefault(one => one.Name == name) ?? throw NotThere(name);

    /// <summary>Makes a webhook or replaces it. It hears of what happens from then on. A new one gets a queue with a
    /// limit.</summary>
    /// <exception cref="InvalidFieldException">Names the field: <c>name</c>, <c>url</c>, <c>secret</c>, <c>headers</c>.
    /// </exception>
    public async Task<(Webhook Webhook, bool IsNew)> PutWebhookAsync(
        WebhookDefinition definition, CancellationToken stop)
    {
        var name = definition.Name;
        NameRule.Check("name", name);
        if (name.Length > WebhookCharactersMax)
            throw new InvalidFieldException("name", $"name has {name.Length} characters.",
                $"Write at most {WebhookCharactersMax}.");
        WebhookFields.CheckUrl(definition.Url);
        var headers = WebhookFields.CheckHeaders(definition.Headers ?? Webhook.ReadHeaders(null));
        var secret = SecretReferences.NameIn(definition.Secret);
        if (secret is not null)
            NameRule.Check("secret", secret);
        var others = await store.ListWebhooksAsync(stop);
        var isNew = others.All(one => one.Name != name);
        if (others.Count >= WebhooksMax && isNew)
            throw new InvalidFieldException("name", $"There are {WebhooksMax} webhooks already.", "Remove one.");
        var types = definition.Types.Distinct().ToList();
        var webhook = new Webhook(name, definition.Url, types, secret, clock.GetUtcNow()) { Headers = headers };
        if (isNew)
            await queues.SetMaxRunningAsync(WebhookSend.QueueOf(name), WebhookSend.AtOnce, stop);
        return (webhook, await store.PutWebhookAsync(webhook, stop));
    }

    /// <exception cref="NotFoundException"><c>webhook.not_found</c>.</exception>
    public async Task RemoveWebhookAsync(string name, CancellationToken stop)
    {
        if (!await store.RemoveWebhookAsync(name, stop))
            throw NotThere(name);
        await queues.SetMaxRunningAsync(WebhookSend.QueueOf(name), null, stop);
    }

    private static NotFoundException NotThere(string name) =>
        new("webhook", name, "List what is there: rota webhooks list");
}

/// <summary>A webhook as somebody wants it. Its address and headers may hold secrets as <c>{{secret:NAME}}</c>, which
/// are read when an event is sent and stand nowhere else.</summary>
/// <param name="Url">http or https, up to 2,000 characters.</param>
/// <param name="Types">Empty: all.</param>
/// <param name="Secret">The name of the secret that signs what is sent, also as <c>{{secret:NAME}}</c>. Default: no
/// signature.</param>
/// <param name="Headers">Up to 20, beside those that the sending sets. Default: none.</param>
public sealed record WebhookDefinition(string Name, string Url, IReadOnlyList<EventType> Types, string? Secret = null,
    IReadOnlyDictionary<string, string>? Headers = null);
