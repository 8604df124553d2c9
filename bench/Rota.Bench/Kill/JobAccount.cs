namespace Rota.Bench;

/// <summary>What became of every job of a run in which something went wrong.</summary>
/// <remarks>A job is accounted for when it stands in <c>outcome</c> once and nowhere else. A side effect that happened
/// again is explained when the database knows that the earlier attempt was lost or given back: something went wrong
/// between its side effect and the commit of its end.</remarks>
internal sealed record JobAccount
{
    /// <summary>Enqueue calls that returned.</summary>
    public required int Acknowledged { get; init; }

    /// <summary>Jobs that were stored although their caller did not hear of it.</summary>
    public required int StoredUnheard { get; init; }

    /// <summary>Acknowledged jobs without an outcome.</summary>
    public required int Lost { get; init; }

    /// <summary>Jobs with more than one outcome.</summary>
    public required int EndedTwice { get; init; }

    /// <summary>Jobs that stand in another table besides <c>outcome</c>, or only there.</summary>
    public required int NotEndedOnce { get; init; }

    public required int Succeeded { get; init; }

    /// <summary>Taken out after too many lost attempts.</summary>
    public required int Failed { get; init; }

    /// <summary>Of the failed ones, those that never came as far as their side effect, or even to their start: a job
    /// that was claimed ahead and waited in a killed process has lost an attempt too.</summary>
    public required int FailedWithoutSideEffect { get; init; }

    /// <summary>Succeeded jobs whose handler left no line.</summary>
    public required int WithoutSideEffect { get; init; }

    /// <summary>Lost, or given back before their end.</summary>
    public required int AttemptsGivenUp { get; init; }

    public required int SideEffects { get; init; }

    public required int SideEffectsRepeated { get; init; }

    /// <summary>Repeated although the database calls no earlier attempt lost.</summary>
    public required int RepeatedUnexplained { get; init; }

    public required long CountersOff { get; init; }

    public int Ended => Succeeded + Failed;

    public bool IsClean => Acknowledged > 0
        && Lost + EndedTwice + NotEndedOnce + WithoutSideEffect + RepeatedUnexplained + CountersOff == 0;

    /// <param name="folder">Holds the files <c>acknowledged</c> and <c>ledger</c>.</param>
    public static async Task<JobAccount> OfAsync(string folder, string url)
    {
        var facts = await JobFacts.ReadAsync(url);
        var outcomes = facts.Outcomes.ToLookup(job => job.Id, job => (JobState)job.State);
        var acknowledged = Lines(folder, "acknowledged").Select(long.Parse).ToHashSet();
        var effects = Lines(folder, "ledger").Select(ToPair).ToLookup(line => line.Id);
        var succeeded = outcomes.Where(job => job.Contains(JobState.Succeeded)).Select(job => job.Key).ToHashSet();
        var failed = outcomes.Select(job => job.Key).Where(id => !succeeded.Contains(id)).ToList();
        var (repeated, unexplained) = Repeated(effects, facts.GivenUp);
        return new JobAccount
        {
            Acknowledged = acknowledged.Count,
            StoredUnheard = outcomes.Count(job => !acknowledged.Contains(job.Key)),
            Lost = acknowledged.Count(id => !outcomes.Contains(id)),
            EndedTwice = outcomes.Count(job => job.Count() > 1),
            NotEndedOnce = facts.Open.Count,
            Succeeded = succeeded.Count,
            Failed = failed.Count,
            FailedWithoutSideEffect = failed.Count(id => !effects.Contains(id)),
            WithoutSideEffect = succeeded.Count(id => !effects.Contains(id)),
            AttemptsGivenUp = facts.GivenUp.Count,
            SideEffects = effects.Sum(job => job.Count()),
            SideEffectsRepeated = repeated,
            RepeatedUnexplained = unexplained,
            CountersOff = facts.CountersOff,
        };
    }

    /// <summary>All side effects of a job but the last one; tokens grow, so that the last one has the
    /// highest.</summary>
    private static (int Repeated, int Unexplained) Repeated(
        ILookup<long, (long Id, long Token)> effects, IReadOnlySet<(long Id, long Token)> givenUp)
    {
        var earlier = effects.SelectMany(job => job.OrderBy(line => line.Token).SkipLast(1)).ToList();
        return (earlier.Count, earlier.Count(line => !givenUp.Contains(line)));
    }

    private static string[] Lines(string folder, string file) => File.ReadAllLines(Path.Combine(folder, file));

    private static (long Id, long Token) ToPair(string line) =>
        (long.Parse(line[..line.IndexOf(' ')]), long.Parse(line[(line.IndexOf(' ') + 1)..]));

    public string ToTable() => $"""
        acknowledged jobs                          {Acknowledged,9:N0}
        stored, but their caller did not hear      {StoredUnheard,9:N0}
        lost                                       {Lost,9:N0}   must be 0
        ended twice                                {EndedTwice,9:N0}   must be 0
        open, or in two states                     {NotEndedOnce,9:N0}   must be 0
        succeeded                                  {Succeeded,9:N0}
          of them without a side effect            {WithoutSideEffect,9:N0}   must be 0
        failed after too many lost attempts        {Failed,9:N0}
          of them without a side effect            {FailedWithoutSideEffect,9:N0}
        attempts lost or given back                {AttemptsGivenUp,9:N0}
        side effects                               {SideEffects,9:N0}
          of them repeated                         {SideEffectsRepeated,9:N0}   stopped between side effect and commit
          repeated without such a stop             {RepeatedUnexplained,9:N0}   must be 0
        counters off by                            {CountersOff,9:N0}   must be 0
        """;
}
