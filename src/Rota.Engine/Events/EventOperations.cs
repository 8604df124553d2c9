using Rota.Storage;

namespace Rota.Events;

/// <summary>What people and programs do with events and webhooks.</summary>
public sealed class EventOperations(IEventStore store, TimeProvider clock)
{
    private const int PageMax = 1_000, WebhooksMax = 100, UrlCharactersMax = 2_000, TextCharactersMax = 500;

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

    /// <summary>Makes a webhook or replaces it. It hears of what happens from then on.</summary>
    /// <exception cref="InvalidFieldException">Names the field: <c>name</c>, <c>url</c>, <c>secret</c>.</exception>
    public async Task<(Webhook Webhook, bool IsNew)> PutWebhookAsync(
        string name, string url, IReadOnlyList<EventType> types, string? secret, CancellationToken stop)
    {
        NameRule.Check("name", name);
        if (secret is not null)
            NameRule.Check("secret", secret);
        if (url.Length > UrlCharactersMax || !Uri.TryCreate(url, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https"))
            throw new InvalidFieldException("url", "url is no http or https address.", "Write it in full.");
        if (address.UserInfo.Length > 0)
            throw new InvalidFieldException("url", "url has a user or a password in it.",
                "Leave it out, and name a secret: what is sent is signed with it.");
        var others = await store.ListWebhooksAsync(stop);
        if (others.Count >= WebhooksMax && others.All(one => one.Name != name))
            throw new InvalidFieldException("name", $"There are {WebhooksMax} webhooks already.", "Remove one.");
        var webhook = new Webhook(name, url, [.. types.Distinct()], secret, clock.GetUtcNow());
        return (webhook, await store.PutWebhookAsync(webhook, stop));
    }

    /// <exception cref="NotFoundException"><c>webhook.not_found</c>.</exception>
    public async Task RemoveWebhookAsync(string name, CancellationToken stop)
    {
        if (!await store.RemoveWebhookAsync(name, stop))
            throw NotThere(name);
    }

    private static NotFoundException NotThere(string name) =>
        new("webhook", name, "List what is there: rota webhooks list");
}
