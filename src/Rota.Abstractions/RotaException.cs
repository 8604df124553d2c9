namespace Rota;

/// <summary>A failure that a caller can act on. Every other exception is a bug and is reported as one.</summary>
/// <param name="code">Stable, dotted, lower-case; part of the API. Its second word decides the HTTP status.</param>
/// <param name="message">One sentence: what happened, with the values.</param>
/// <param name="hint">One sentence: what to do about it, where we know.</param>
/// <param name="cause">What was caught, if anything was.</param>
public class RotaException(string code, string message, string? hint = null, Exception? cause = null)
    : Exception(message, cause)
{
    public string Code { get; } = code;

    public string? Hint { get; } = hint;
}

/// <summary>A value that the caller gave cannot be used. HTTP 400.</summary>
/// <param name="field">Name of the field as the caller wrote it.</param>
/// <param name="message">One sentence: what is wrong with the value.</param>
/// <param name="hint">What to write instead.</param>
/// <param name="cause">What was caught, if anything was.</param>
public sealed class InvalidFieldException(string field, string message, string? hint = null, Exception? cause = null)
    : RotaException("request.invalid", message, hint, cause)
{
    public string Field { get; } = field;
}

/// <summary>The named thing is not there. HTTP 404.</summary>
public sealed class NotFoundException(string what, string name, string? hint = null)
    : RotaException($"{what}.not_found", $"There is no {what} '{name}'.", hint);

/// <summary>The thing is not in a state from which the requested move is allowed, or its name is taken. HTTP
/// 409.</summary>
public sealed class ConflictException(string code, string message, string? hint = null)
    : RotaException(code, message, hint);

/// <summary>The database cannot take the write or give the answer now. Nothing was changed. HTTP 503.</summary>
public sealed class StorageException(string code, string message, string? hint = null, Exception? cause = null)
    : RotaException(code, message, hint, cause);
