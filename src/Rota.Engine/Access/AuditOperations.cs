using Rota.Storage;

namespace Rota.Access;

/// <summary>Who changed what, and when.</summary>
public sealed class AuditOperations(IAccessStore store, TimeProvider clock)
{
    /// <summary>A longer detail is left out.</summary>
    public const int DetailCharactersMax = 8_192;

    private const int PageMax = 1_000, ReadMax = 20_000;

    /// <summary>Returns after the commit.</summary>
    /// <param name="action">The operation's name, such as <c>jobs.cancel</c>.</param>
    /// <param name="target">What it was done to; empty when that is all there is.</param>
    /// <param name="detail">What was asked for: JSON with its secrets masked; left out when it is over 8 KiB.</param>
    /// <param name="changes">What it was before and after: the same.</param>
    public Task AddAsync(
        string actor, string action, string target, string? detail, string? changes, CancellationToken stop) =>
        store.AddAuditAsync(
            new AuditEntry(0, clock.GetUtcNow(), actor, action, target, Kept(detail), Kept(changes)), stop);

    private static string? Kept(string? json) => json?.Length <= DetailCharactersMax ? json : null;

    /// <summary>Newest first.</summary>
    /// <param name="before">Only entries with a smaller id; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    public Task<IReadOnlyList<AuditEntry>> ListAsync(long? before, int limit, CancellationToken stop) =>
        limit is >= 1 and <= PageMax
            ? store.ListAuditAsync(before, limit, stop)
            : throw new InvalidFieldException("limit", $"limit is {limit}.", $"Write 1 to {PageMax:N0}.");

    /// <summary>Those that fit a filter, newest first.</summary>
    /// <param name="limit">1 to 1,000.</param>
    /// <returns>Fewer than the limit, and where to go on, when so many others were read that it took long enough.
    /// </returns>
    public async Task<AuditPage> SearchAsync(
        AuditSearch filter, long? before, int limit, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (filter == new AuditSearch())
        {
            var newest = await ListAsync(before, limit, stop);
            return new AuditPage(newest, newest.Count == limit ? newest[^1].Id : null);
        }
        var found = new List<AuditEntry>();
        for (var read = 0; read < ReadMax; read += PageMax)
        {
            var part = await store.ListAuditAsync(before, PageMax, stop);
            foreach (var entry in part.Where(filter.Fits))
            {
                found.Add(entry);
                if (found.Count == limit)
                    return new AuditPage(found, entry.Id);
            }
            if (part.Count < PageMax)
                return new AuditPage(found, Next: null);
            before = part[^1].Id;
        }
        return new AuditPage(found, before);
    }
}

/// <summary>Which entries of the audit are meant: those that contain each text, in any case of letters. Null: any.
/// </summary>
public sealed record AuditSearch(string? Actor = null, string? Action = null, string? Target = null)
{
    public bool Fits(AuditEntry entry) =>
        Has(entry.Actor, Actor) && Has(entry.Action, Action) && Has(entry.Target, Target);

    private static bool Has(string text, string? part) =>
        part is null || text.Contains(part, StringComparison.OrdinalIgnoreCase);
}

/// <param name="Next">Only entries with a smaller id come after these; null at the end.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, long? Next);
