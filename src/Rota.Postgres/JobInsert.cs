using Rota.Jobs;

namespace Rota.Postgres;

/// <summary>The statements that bring new jobs into the database.</summary>
internal static class JobInsert
{
    /// <summary>Inserts jobs inside the session's transaction. Words and lanes must be known before: see
    /// <see cref="PrepareAsync"/>.</summary>
    public static Task<IReadOnlyList<Enqueued>> InsertAsync(
        PostgresSession session, IReadOnlyList<NewJob> jobs, DateTimeOffset now) =>
        throw new NotImplementedException();

    public static Task PrepareAsync(PostgresDatabase database, IReadOnlyList<NewJob> jobs, CancellationToken stop) =>
        throw new NotImplementedException();
}
