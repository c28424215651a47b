"""The drawing of the network: one graphics item for the units of a layer, one for the links of a pair of layers."""
