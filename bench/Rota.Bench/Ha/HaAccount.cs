using System.Text.Json;
using Npgsql;
using Rota.Jobs;

namespace Rota.Bench;

/// <summary>One primary lost.</summary>
/// <param name="Death">What happened to it: <c>postgres killed</c>, <c>host killed</c>, <c>host frozen</c>.</param>
/// <param name="ElectionSeconds">From its death until another one took writes and held the lock.</param>
/// <param name="AcknowledgedSeconds">From there until the first enqueue call returned.</param>
/// <param name="EndedSeconds">From there until the first job ended that began after it.</param>
internal sealed record HaRound(
    string Death, double ElectionSeconds, double AcknowledgedSeconds, double EndedSeconds);

/// <summary>What became of every job of the bench of high availability.</summary>
internal sealed record HaAccount
{
    private const double BackSecondsMax = 30;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public required IReadOnlyList<HaRound> Rounds { get; init; }

    /// <summary>Enqueue calls that returned.</summary>
    public required int Acknowledged { get; init; }

    /// <summary>Jobs that were stored although their caller got an error.</summary>
    public required int StoredUnheard { get; init; }

    public required int Ended { get; init; }

    /// <summary>Acknowledged jobs without an outcome.</summary>
    public required int Lost { get; init; }

    /// <summary>Jobs with an outcome that stand in another table too, or have two.</summary>
    public required int EndedTwice { get; init; }

    /// <summary>Attempts that the database calls lost. No worker died, so each one was called dead wrongly.</summary>
    public required int AttemptsLost { get; init; }

    public required int SideEffects { get; init; }

    /// <summary>All side effects of a job but one.</summary>
    public required int SideEffectsRepeated { get; init; }

    public bool IsClean => Lost + EndedTwice + AttemptsLost + SideEffectsRepeated == 0 && Acknowledged > 0
        && Rounds.All(round => round is { AcknowledgedSeconds: <= BackSecondsMax, EndedSeconds: <= BackSecondsMax });

    public static async Task<HaAccount> OfAsync(string folder, string connection, IReadOnlyList<HaRound> rounds)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        var outcomes = await IdsAsync(database, "SELECT id FROM rota.outcome");
        var open = await IdsAsync(database,
            "SELECT id FROM rota.ready UNION ALL SELECT id FROM rota.running UNION ALL SELECT id FROM rota.waiting");
        var lost = await IdsAsync(database, $"SELECT id FROM rota.attempt WHERE outcome = {(int)AttemptOutcome.Lost}");
        var acknowledged = Lines(folder, "acknowledged").ToHashSet();
        var effects = Lines(folder, "ledger");
        var ended = outcomes.ToHashSet();
        return new HaAccount
        {
            Rounds = rounds,
            Acknowledged = acknowledged.Count,
            StoredUnheard = ended.Count(id => !acknowledged.Contains(id)),
            Ended = ended.Count,
            Lost = acknowledged.Count(id => !ended.Contains(id)),
            EndedTwice = outcomes.Count - ended.Count + open.Count(ended.Contains),
            AttemptsLost = lost.Count,
            SideEffects = effects.Count,
            SideEffectsRepeated = effects.Count - effects.Distinct().Count(),
        };
    }

    private static async Task<List<long>> IdsAsync(NpgsqlDataSource database, string sql)
    {
        var ids = new List<long>();
        await using var command = database.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            ids.Add(rows.GetInt64(0));
        return ids;
    }

    private static List<long> Lines(string folder, string file) =>
        [.. File.ReadLines(Path.Combine(folder, file)).Select(line => long.Parse(line[..line.IndexOf(' ')]))];

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public string ToTable() => $"""

        seconds                    new primary   then enqueued   then ended
        {string.Join('\n', Rounds.Select(round => $"{round.Death,-22} {round.ElectionSeconds,15:0.0} "
            + $"{round.AcknowledgedSeconds,15:0.0} {round.EndedSeconds,12:0.0}"))}

        acknowledged jobs              {Acknowledged,9:N0}
        stored, but its caller got an error {StoredUnheard,4:N0}
        ended                          {Ended,9:N0}
        lost                           {Lost,9:N0}   must be 0
        ended twice                    {EndedTwice,9:N0}   must be 0
        attempts taken for lost        {AttemptsLost,9:N0}   must be 0
        side effects                   {SideEffects,9:N0}
          of them repeated             {SideEffectsRepeated,9:N0}   must be 0
        """;
}
