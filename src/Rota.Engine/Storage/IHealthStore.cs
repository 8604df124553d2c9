namespace Rota.Storage;

/// <summary>Answers whether the database is well.</summary>
public interface IHealthStore
{
    /// <summary>One write that changes nothing.</summary>
    /// <exception cref="StorageException">Why nothing can be written.</exception>
    Task CheckWritableAsync(CancellationToken stop);

    /// <summary>One sentence: where the database is, its size, the version of its library.</summary>
    Task<string> DescribeAsync(CancellationToken stop);
}
