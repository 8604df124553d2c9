using Npgsql;

namespace Rota.Postgres;

/// <summary>PostgreSQL's errors as errors that say what to do.</summary>
internal static class PostgresErrors
{
    /// <summary>Whether the same work may well succeed at once: it met another transaction.</summary>
    /// <remarks>A job's own key that another transaction took in between is such: the next run sees it and says
    /// so.</remarks>
    public static bool IsCollision(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure,
    } || IsKeyTaken(error);

    /// <summary>Whether a job's own key was refused, because another job has it.</summary>
    public static bool IsKeyTaken(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.UniqueViolation,
        ConstraintName: "job_key",
    };

    /// <summary>Whether callers can act on it, or wait for better times.</summary>
    public static bool IsKnown(Exception error) => From(error) is StorageException;

    /// <summary>Whether the server did not answer in time; one that did and refused is well.</summary>
    public static bool IsSilence(Exception error) => error is TimeoutException
        || (error is NpgsqlException { InnerException: TimeoutException } && !IsPoolEmpty(error));

    private static bool IsPoolEmpty(Exception error) => error.Message.Contains("pool", StringComparison.Ordinal);

    /// <returns>What callers can act on, or the error itself when it is a bug.</returns>
    public static Exception From(Exception error) => error switch
    {
        PostgresException of => FromServer(of),
        NpgsqlException { InnerException: TimeoutException } when IsPoolEmpty(error) =>
            new StorageException("storage.busy", "All connections to the database are in use.",
                "Raise maximum_pool_size in the database's address, or look for what holds them.", error),
        NpgsqlException { InnerException: TimeoutException } => TooSlow(error),
        NpgsqlException when error.Message.StartsWith("No password", StringComparison.Ordinal)
            => new StorageException("storage.denied", "The database asks for a password, and the address has none.",
                "Write it into the address, or give it in PGPASSWORD or in ~/.pgpass.", error),
        TimeoutException => TooSlow(error),
        NpgsqlException or IOException or System.Net.Sockets.SocketException => Unreachable(error),
        _ => error,
    };

    private static Exception FromServer(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory => new StorageException("storage.full",
            "The database's disk or memory is full; nothing was written.",
            "Free space on the database's host; Rota goes on by itself.", error),
        PostgresErrorCodes.ReadOnlySqlTransaction => new StorageException("storage.read_only",
            "The database takes no writes: it is a standby, or set to read only.",
            "Point Rota at the primary; when its address names several hosts, Rota finds it by itself.", error),
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.SerializationFailure => new StorageException("storage.locked",
            "Another transaction holds what this one needs.", "Try again; rota doctor names long transactions.", error),
        PostgresErrorCodes.QueryCanceled => TooSlow(error),
        PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ConfigurationLimitExceeded =>
            new StorageException("storage.busy", "The database takes no more connections.",
                "Raise max_connections, or lower maximum_pool_size in the database's address.", error),
        PostgresErrorCodes.InsufficientPrivilege => new StorageException("storage.denied",
            $"The database refuses: {error.MessageText}.",
            "Give Rota's role the right to create in the database, or make its schema and give it that.", error),
        "28P01" or "28000" or "3D000" => new StorageException("storage.denied",
            $"The database lets nobody in: {error.MessageText}.", "Check user, password and database.", error),
        "57P01" or "57P02" or "57P03" or "57P05" or "25P03" => Unreachable(error),
        _ when error.SqlState.StartsWith("08", StringComparison.Ordinal) => Unreachable(error),
        "58030" or "53000" or "XX001" or "XX002" => new StorageException("storage.io",
            $"The database's disk failed: {error.MessageText}.", "Check the database's host.", error),
        // Insufficient resources, not in prerequisite state, operator intervention, system error, internal error.
        _ when error.SqlState[..2] is "53" or "55" or "57" or "58" or "XX" => new StorageException("storage.io",
            $"The database failed: {error.MessageText}.", "Look into the database's own log.", error),
        _ => error,
    };

    private static StorageException Unreachable(Exception error) => new("storage.unreachable",
        "The database cannot be reached.",
        "Check its address, the server and the network; a Rota that runs connects again by itself.", error);

    public static StorageException TooOld(Version found, int least) => new("storage.too_old",
        $"The server is PostgreSQL {found}, and Rota needs {least} or later.", "Upgrade it, or name another one.");

    /// <summary>It let nobody begin a session, for a reason of its own: a setting that it does not know.</summary>
    public static StorageException Refused(PostgresException error, int least) => new("storage.refused",
        $"The database refuses the session: {error.MessageText}.",
        $"Rota needs PostgreSQL {least} or later; otherwise check what the address says behind the question mark.",
        error);

    private static StorageException TooSlow(Exception error) => new("storage.too_slow",
        "The database did not answer in time.", "If this was a search, narrow it: give a state, a kind or a queue.",
        error);
}
