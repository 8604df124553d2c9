using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.Json;
using Rota.Jobs;

namespace Rota.Storage;

/// <summary>Keeps events and where they are sent. Most events are written by the stores themselves, in the transaction
/// of what happened.</summary>
/// <remarks>Made for Rota's own stores and free to change.</remarks>
public interface IEventStore
{
    Task AppendAsync(IReadOnlyList<NewEvent> events, CancellationToken stop);

    /// <summary>Events behind a place, by id.</summary>
    /// <param name="after">Those with a greater id; and of smaller ones those in <paramref name="gaps"/>.</param>
    /// <param name="gaps">Ids that were not there when greater ones were: of transactions that had not ended.</param>
    /// <param name="limit">1 to 10,000.</param>
    Task<IReadOnlyList<RotaEvent>> ReadAsync(
        long after, IReadOnlyCollection<long> gaps, int limit, CancellationToken stop);

    /// <summary>Events that fit, newest first.</summary>
    /// <param name="before">Only those with a smaller id; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    Task<IReadOnlyList<RotaEvent>> ListAsync(EventFilter filter, long? before, int limit, CancellationToken stop);

    /// <summary>Of the newest event; 0 when there is none.</summary>
    Task<long> LastIdAsync(CancellationToken stop);

    /// <summary>Enqueues what is to be sent of events that no node has looked at yet; each is looked at once.</summary>
    /// <returns>How many events.</returns>
    Task<int> DeliverAsync(
        int limit, Func<RotaEvent, IReadOnlyList<NewJob>> toJobs, DateTimeOffset now, CancellationToken stop);

    /// <summary>Drops of what is over 7 days old, and of all but the newest 100,000, the oldest ones.</summary>
    /// <param name="limit">1 to 100,000: so many in one transaction, for which others may wait.</param>
    /// <returns>How many; fewer than the limit when there are no more.</returns>
    Task<int> DropOldAsync(DateTimeOffset now, int limit, CancellationToken stop);

    /// <summary>By name.</summary>
    Task<IReadOnlyList<Webhook>> ListWebhooksAsync(CancellationToken stop);

    /// <returns>True when it is new.</returns>
    Task<bool> PutWebhookAsync(Webhook webhook, CancellationToken stop);

    /// <returns>False when there was none.</returns>
    Task<bool> RemoveWebhookAsync(string name, CancellationToken stop);
}

/// <summary>An event to be written; see <see cref="RotaEvent"/>.</summary>
public sealed record NewEvent(EventType Type, DateTimeOffset At, string Source)
{
    public JobId? JobId { get; init; }
    public DateTimeOffset? DueAt { get; init; }
    public int Count { get; init; } = 1;
    public string? Actor { get; init; }
    public string? Text { get; init; }
}

/// <summary>Which events are meant. Null fits all.</summary>
public sealed record EventFilter(IReadOnlyList<EventType>? Types = null, string? Source = null)
{
    public bool Fits(RotaEvent one) =>
        Types?.Contains(one.Type) != false && (Source is null || Source == one.Source);
}

/// <summary>An address that events are sent to.</summary>
/// <param name="Url">http or https; secrets in it as <c>{{secret:NAME}}</c>.</param>
/// <param name="Types">Empty: all.</param>
/// <param name="Secret">Name of the secret that signs what is sent; null for no signature.</param>
public sealed record Webhook(
    string Name, string Url, IReadOnlyList<EventType> Types, string? Secret, DateTimeOffset CreatedAt)
{
    /// <summary>Headers of what is sent; secrets in them as <c>{{secret:NAME}}</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = ReadHeaders(null);

    /// <summary>As stores keep them: JSON, null for none.</summary>
    public string? HeadersText => Headers.Count == 0 ? null : JsonSerializer.Serialize(Headers, RotaJson.Options);

    public static IReadOnlyDictionary<string, string> ReadHeaders(string? text) => text is null
        ? ReadOnlyDictionary<string, string>.Empty
        : JsonSerializer.Deserialize<SortedDictionary<string, string>>(text, RotaJson.Options)!; // as written above

    /// <summary>As stores keep them: numbers with blanks between.</summary>
    public string TypesText => string.Join(' ', Types.Select(type => (int)type));

    public static IReadOnlyList<EventType> ReadTypes(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(number => (EventType)int.Parse(number, CultureInfo.InvariantCulture))];
}
