using System.Text.Json;
using Rota.Jobs;
using Rota.Sqlite.Native;

namespace Rota.Bench;

/// <summary>What became of every job of the kill bench.</summary>
/// <remarks>A job is accounted for when it stands in <c>outcome</c> and nowhere else. A side effect that happened again
/// is explained when the database knows that the earlier attempt was lost: the process died between its side effect and
/// the commit of its end.</remarks>
internal sealed record KillAccount
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public required int Kills { get; init; }

    /// <summary>Enqueue calls that returned before a kill.</summary>
    public required int Acknowledged { get; init; }

    /// <summary>Jobs that were stored although the kill came before their caller heard of it.</summary>
    public required int StoredUnheard { get; init; }

    /// <summary>Acknowledged jobs without an outcome.</summary>
    public required int Lost { get; init; }

    /// <summary>Jobs that stand in another table besides <c>outcome</c>, or only there.</summary>
    public required int NotEndedOnce { get; init; }

    public required int Succeeded { get; init; }

    /// <summary>Taken out after too many lost attempts.</summary>
    public required int Failed { get; init; }

    /// <summary>Of the failed ones, those that no kill let come as far as their side effect, or even to their start: a
    /// job that was claimed ahead and waited in the killed process has lost an attempt too.</summary>
    public required int FailedWithoutSideEffect { get; init; }

    /// <summary>Succeeded jobs whose handler left no line.</summary>
    public required int WithoutSideEffect { get; init; }

    public required int AttemptsLost { get; init; }

    public required int SideEffects { get; init; }

    public required int SideEffectsRepeated { get; init; }

    /// <summary>Repeated although the database calls no earlier attempt lost.</summary>
    public required int RepeatedUnexplained { get; init; }

    public bool IsClean => Lost + NotEndedOnce + WithoutSideEffect + RepeatedUnexplained == 0 && Acknowledged > 0;

    public static KillAccount Of(BenchFolder folder, int kills)
    {
        using var db = new SqliteConnection(folder.Database, readOnly: false);
        var outcomes = Pairs(db, "SELECT id, state FROM outcome").ToDictionary();
        var lost = Pairs(db, $"SELECT id, token FROM attempt WHERE outcome = {(int)AttemptOutcome.Lost}").ToHashSet();
        var open = Pairs(db, """
            SELECT id, 0 FROM ready
            UNION ALL
            SELECT id, 0 FROM running
            UNION ALL
            SELECT id, 0 FROM waiting
            """);
        var acknowledged = Lines(folder, "acknowledged").Select(long.Parse).ToHashSet();
        var effects = Lines(folder, "ledger").Select(ToPair).ToLookup(line => line.Id);
        var succeeded = outcomes.Where(job => job.Value == (int)JobState.Succeeded).Select(job => job.Key).ToList();
        var (repeated, unexplained) = Repeated(effects, lost);
        return new KillAccount
        {
            Kills = kills,
            Acknowledged = acknowledged.Count,
            StoredUnheard = outcomes.Keys.Count(id => !acknowledged.Contains(id)),
            Lost = acknowledged.Count(id => !outcomes.ContainsKey(id)),
            NotEndedOnce = open.Count,
            Succeeded = succeeded.Count,
            Failed = outcomes.Count - succeeded.Count,
            FailedWithoutSideEffect = outcomes.Keys.Except(succeeded).Count(id => !effects.Contains(id)),
            WithoutSideEffect = succeeded.Count(id => !effects.Contains(id)),
            AttemptsLost = lost.Count,
            SideEffects = effects.Sum(job => job.Count()),
            SideEffectsRepeated = repeated,
            RepeatedUnexplained = unexplained,
        };
    }

    /// <summary>All side effects of a job but the last one; tokens grow, so that the last one has the
    /// highest.</summary>
    private static (int Repeated, int Unexplained) Repeated(
        ILookup<long, (long Id, long Token)> effects, HashSet<(long Id, long Token)> lost)
    {
        var earlier = effects.SelectMany(job => job.OrderBy(line => line.Token).SkipLast(1)).ToList();
        return (earlier.Count, earlier.Count(line => !lost.Contains(line)));
    }

    private static List<(long Id, long Other)> Pairs(SqliteConnection db, string sql)
    {
        var pairs = new List<(long, long)>();
        using var rows = db.Query(sql);
        while (rows.Next())
            pairs.Add((rows.Int64(0), rows.Int64(1)));
        return pairs;
    }

    private static string[] Lines(BenchFolder folder, string file) =>
        File.ReadAllLines(Path.Combine(folder.Path, file));

    private static (long Id, long Token) ToPair(string line) =>
        (long.Parse(line[..line.IndexOf(' ')]), long.Parse(line[(line.IndexOf(' ') + 1)..]));

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public string ToTable() => $"""

        kills -9                                   {Kills,9:N0}
        acknowledged jobs                          {Acknowledged,9:N0}
        stored, but killed before the caller heard {StoredUnheard,9:N0}
        lost                                       {Lost,9:N0}   must be 0
        open, or in two states                     {NotEndedOnce,9:N0}   must be 0
        succeeded                                  {Succeeded,9:N0}
          of them without a side effect            {WithoutSideEffect,9:N0}   must be 0
        failed after too many lost attempts        {Failed,9:N0}
          of them without a side effect            {FailedWithoutSideEffect,9:N0}
        attempts lost                              {AttemptsLost,9:N0}
        side effects                               {SideEffects,9:N0}
          of them repeated                         {SideEffectsRepeated,9:N0}   killed between side effect and commit
          repeated without such a kill             {RepeatedUnexplained,9:N0}   must be 0
        """;
}
