using Rota.Storage;
using Xunit;

namespace Rota.Tests.Storage;

/// <summary>What the log says while the database is away.</summary>
public sealed class StorageErrorsTests
{
    [Fact]
    public void The_reason_is_one_line_without_a_stack()
    {
        var refused = new IOException("Failed to connect", new IOException("Connection\nrefused"));

        var error = new StorageException("storage.unreachable", "It cannot be reached.", "Wait.", refused);

        Assert.Equal("It cannot be reached. (Connection refused) Wait.", error.Why());
    }

    [Fact]
    public void Nothing_is_made_up_where_there_is_no_cause() => Assert.Equal("The disk is full.",
        new StorageException("storage.full", "The disk is full.").Why());
}
