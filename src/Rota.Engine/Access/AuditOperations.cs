using Rota.Storage;

namespace Rota.Access;

/// <summary>Who changed what, and when.</summary>
public sealed class AuditOperations(IAccessStore store, TimeProvider clock)
{
    /// <summary>A longer detail is left out.</summary>
    public const int DetailCharactersMax = 8_192;

    private const int PageMax = 1_000;

    /// <summary>Returns after the commit.</summary>
    /// <param name="action">The operation's name, such as <c>jobs.cancel</c>.</param>
    /// <param name="target">What it was done to; empty when that is all there is.</param>
    /// <param name="detail">JSON with its secrets masked; left out when it is over 8 KiB.</param>
    public Task AddAsync(string actor, string action, string target, string? detail, CancellationToken stop) =>
        store.AddAuditAsync(new AuditEntry(0, clock.GetUtcNow(), actor, action, target,
            detail?.Length <= DetailCharactersMax ? detail : null), stop);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only entries with a smaller id; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    public Task<IReadOnlyList<AuditEntry>> ListAsync(long? before, int limit, CancellationToken stop) =>
        limit is >= 1 and <= PageMax
            ? store.ListAuditAsync(before, limit, stop)
            : throw new InvalidFieldException("limit", $"limit is {limit}.", $"Write 1 to {PageMax:N0}.");
}
