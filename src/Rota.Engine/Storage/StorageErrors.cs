namespace Rota.Storage;

/// <summary>What a log line says of a database that cannot answer. It is expected, and comes again every few seconds
/// while it lasts: the stack would only bury the reason.</summary>
public static class StorageErrors
{
    /// <summary>The sentence, the first cause of it, and what to do.</summary>
    public static string Why(this StorageException error) => $"{error.What()} {error.Hint}".TrimEnd();

    /// <summary>The sentence and the first cause of it, which may name a host and never a password.</summary>
    public static string What(this StorageException error)
    {
        var cause = error.GetBaseException();
        return cause == error ? error.Message : $"{error.Message} ({cause.Message.ReplaceLineEndings(" ")})";
    }
}
